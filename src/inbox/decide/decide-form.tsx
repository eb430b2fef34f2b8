import { type FormEvent, useEffect, useId, useRef } from "react";
import type { TicketDetailFragment } from "../api/generated.js";
import { signInAgainAddress } from "../api/session-ended.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { AmendmentEditor, useEdit } from "./amendment-editor.tsx";
import { commentProblem, editOf } from "./decision-input.js";
import type { Draft } from "./draft.js";
import { CHOICES } from "./outcomes.js";
import type { Signed } from "./send-decision.js";
import { SnippetBar } from "./snippet-bar.tsx";
import type { Decision } from "./use-decision.js";

interface DecideFormProps {
  readonly ticket: TicketDetailFragment;
  readonly draft: Draft;
  readonly decision: Decision;
  /** The revision that is signed. */
  readonly seen: number;
  /** What happened meanwhile, so that nothing can be signed now. */
  readonly blocked: string | undefined;
  /** Whether the choice has just been made: then one goes on writing. */
  readonly fresh: boolean;
  readonly onSigned: (ticket: Signed) => void;
  /** Nothing was signed: there may be something new to see. */
  readonly onRefused: () => void;
}

/** What one says about a revision, and the button that signs it. */
export function DecideForm({
  ticket,
  draft,
  decision,
  seen,
  blocked,
  fresh,
  onSigned,
  onRefused,
}: DecideFormProps) {
  const id = useId();
  const comment = useRef<HTMLTextAreaElement>(null);
  const words = CHOICES[draft.choice];
  const editing = draft.choice === "EDIT";
  const edit = useEdit(ticket.proposal, editing ? draft.edit : null);
  const incomplete = decision.uncertain
    ? undefined
    : (commentProblem(draft.choice, draft.comment) ?? (editing ? edit.problem : undefined));
  const locked = decision.signing;
  const ready = blocked === undefined && incomplete === undefined && !locked;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice is another thing to write
  useEffect(() => {
    if (fresh) comment.current?.focus();
  }, [fresh, draft.choice]);

  const sign = async (): Promise<void> => {
    if (!ready) return;
    const signed = await decision.sign();
    if (signed === undefined) onRefused();
    else onSigned(signed);
  };
  const signByKey = ({ target }: KeyboardEvent): void => {
    // Whoever writes a comment means the comment.
    if (target instanceof Element && target.closest(".ticket-comment") !== null) return;
    void sign();
  };
  useShortcuts([{ keys: "$mod+Enter", label: words.sign, run: signByKey }], "Deciding");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void sign();
  };
  return (
    <form className="decide-form" onSubmit={submit} aria-label={words.label}>
      {editing && (
        <AmendmentEditor
          edit={draft.edit ?? editOf(ticket.proposal)}
          state={edit}
          locked={locked}
          onEdit={(next) => decision.write({ ...draft, edit: next })}
        />
      )}
      <label htmlFor={`${id}-comment`}>{words.commentLabel}</label>
      <textarea
        ref={comment}
        id={`${id}-comment`}
        rows={4}
        value={draft.comment}
        readOnly={locked}
        required={draft.choice === "CHANGES"}
        onChange={({ target }) => decision.write({ ...draft, comment: target.value })}
      />
      <SnippetBar
        key={draft.choice}
        choice={draft.choice}
        comment={draft.comment}
        onUse={(snippet) =>
          decision.write({
            ...draft,
            comment: draft.comment === "" ? snippet : `${draft.comment}\n${snippet}`,
          })
        }
      />
      {blocked === undefined && incomplete !== undefined && (
        <p id={`${id}-why`} className="decide-why">
          {incomplete}
        </p>
      )}
      {decision.refusal !== undefined && (
        <p role="alert" className="decide-refusal">
          {decision.refusal.words}{" "}
          {decision.refusal.signIn && <a href={signInAgainAddress()}>Sign in again</a>}
        </p>
      )}
      {decision.uncertain && !locked && decision.refusal === undefined && (
        <p role="alert" className="decide-refusal">
          Whether your last attempt counted is not known. Press again: it counts once.
        </p>
      )}
      {!decision.kept && (
        <p role="alert">This browser cannot keep what you write here: a reload would lose it.</p>
      )}
      <p className="decide-what">
        You sign revision {seen}
        {editing ? " with your edits, which makes a new revision" : ""}.
      </p>
      <div className="decide-actions">
        <button type="submit" className="decide-sign" disabled={!ready} aria-describedby={`${id}-why`}>
          {locked ? "Signing …" : words.sign}
        </button>
        <kbd>Ctrl/⌘ Enter</kbd>
        <button type="button" className="ticket-link" disabled={locked} onClick={decision.drop}>
          Discard
        </button>
      </div>
    </form>
  );
}
