import { useState } from "react";
import type { Choice } from "./outcomes.js";
import { keepSnippets, readSnippets, SNIPPET_LIMITS } from "./snippets.js";

interface SnippetBarProps {
  readonly choice: Choice;
  readonly comment: string;
  readonly onUse: (snippet: string) => void;
}

/** Reasons that one gives often, to be put in by a press; the list is one's own. */
export function SnippetBar({ choice, comment, onUse }: SnippetBarProps) {
  const [snippets, setSnippets] = useState(() => readSnippets(choice));
  const [editing, setEditing] = useState(false);
  const become = (next: readonly string[]): void => {
    setSnippets(next);
    keepSnippets(choice, next);
  };
  const own = comment.trim();
  const keepable =
    own !== "" &&
    own.length <= SNIPPET_LIMITS.characters &&
    snippets.length < SNIPPET_LIMITS.entries &&
    !snippets.includes(own);
  return (
    <fieldset className="decide-snippets">
      <legend className="ticket-hidden">Reasons that you often give</legend>
      {snippets.map((snippet) =>
        editing ? (
          <button
            key={snippet}
            type="button"
            className="ticket-small"
            aria-label={`Remove: ${snippet}`}
            onClick={() => become(snippets.filter((one) => one !== snippet))}
          >
            × {snippet}
          </button>
        ) : (
          <button key={snippet} type="button" className="ticket-small" onClick={() => onUse(snippet)}>
            {snippet}
          </button>
        ),
      )}
      {keepable && (
        <button type="button" className="ticket-link" onClick={() => become([...snippets, own])}>
          Keep this reason
        </button>
      )}
      <button
        type="button"
        className="ticket-link"
        aria-pressed={editing}
        onClick={() => setEditing((before) => !before)}
      >
        {editing ? "Done" : "Edit reasons"}
      </button>
    </fieldset>
  );
}
