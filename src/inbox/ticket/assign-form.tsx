import { type FormEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { type CombinedError, useMutation } from "urql";
import { AssignDocument, type TicketDetailFragment } from "../api/generated.js";
import "./assign-form.css";
import { visible } from "./text/visible-text.js";
import { type Assignable, type Candidate, useAssignable } from "./use-assignable.js";

/** Names that are offered at a time: of more than these, one types a part. */
const OFFERED = 50;
/** Of them, lines that are seen at a time. */
const LINES = 6;

interface AssignFormProps {
  readonly ticket: TicketDetailFragment;
  readonly onAct: (
    asked: Promise<{ readonly error?: CombinedError | undefined }>,
    words: string,
  ) => Promise<void>;
  readonly onClose: () => void;
}

/** Finds a reviewer of the queue by a part of their name or address, and puts the ticket into their hands. */
export function AssignForm({ ticket, onAct, onClose }: AssignFormProps) {
  const assignable = useAssignable(ticket);
  const { candidates } = assignable;
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState("");
  const [, assign] = useMutation(AssignDocument);
  const id = useId();
  const search = useRef<HTMLInputElement>(null);
  // Whoever has opened the form means to type.
  useEffect(() => search.current?.focus(), []);
  const found = useMemo(() => matching(candidates, text), [candidates, text]);
  const offered = found.slice(0, OFFERED);
  const able = offered.filter(({ because }) => because === undefined);
  // Of one there is nothing to choose.
  const assignee = able.find((one) => one.id === chosen) ?? (able.length === 1 ? able[0] : undefined);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (assignee === undefined) return;
    void onAct(
      assign({ input: { ticketId: ticket.id, assigneeId: assignee.id } }),
      `${assignee.name} holds this ticket now.`,
    );
    onClose();
  };
  return (
    <form className="assign-form" onSubmit={send}>
      <label htmlFor={`${id}-search`}>Assign to (part of a name or e-mail address)</label>
      <input
        ref={search}
        id={`${id}-search`}
        type="search"
        autoComplete="off"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <label htmlFor={`${id}-list`} className="ticket-hidden">
        Reviewers of this queue
      </label>
      <select
        id={`${id}-list`}
        size={LINES}
        value={assignee?.id ?? ""}
        onChange={({ target }) => setChosen(target.value)}
      >
        <option value="">Nobody yet</option>
        {offered.map((one) => (
          <option key={one.id} value={one.id} disabled={one.because !== undefined}>
            {[visible(one.name), visible(one.email), one.because].filter(Boolean).join(" · ")}
          </option>
        ))}
      </select>
      <p role="status" className="ticket-quiet">
        {countWords(assignable, found.length)}
      </p>
      {assignable.refusal !== "" && <p role="alert">{assignable.refusal}</p>}
      <div className="assign-actions">
        <button type="submit" disabled={assignee === undefined}>
          Assign
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** Those whose name or address has every word of the text. */
function matching(candidates: readonly Candidate[], text: string): readonly Candidate[] {
  const words = text.toLocaleLowerCase().split(/\s+/);
  return candidates.filter(({ name, email }) => {
    const both = `${visible(name)} ${name} ${email}`.toLocaleLowerCase();
    return words.every((word) => both.includes(word));
  });
}

function countWords({ candidates, loading }: Assignable, found: number): string {
  if (loading) return `Loading … ${candidates.length} so far`;
  if (found > OFFERED) return `${OFFERED} of ${found} are shown: type more of the name.`;
  if (candidates.length === 0) return "Nobody reviews in this queue.";
  if (found === 0) return "Nobody of that name reviews in this queue.";
  return `${found} of ${candidates.length} reviewers of this queue.`;
}
