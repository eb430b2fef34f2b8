import { type FormEvent, useId, useRef, useState } from "react";
import { useMutation } from "urql";
import { CommentDocument, type Role, type TicketDetailFragment } from "../api/generated.js";
import { commentProblem } from "../decide/decision-input.js";
import { refusalOf } from "../decide/refusal-words.js";
import { useAnnounce } from "./announcer.tsx";
import { keptText } from "./kept-text.js";

interface CommentFormProps {
  readonly ticketId: string;
  readonly viewerId: string;
  readonly onChanged: () => void;
}

/** Whether a ticket's remarks are the viewer's to add to: who submitted it, and the reviewers of its queue. */
export function mayComment(
  { submittedBy, viewerCannotDecideReasons: reasons }: TicketDetailFragment,
  { principal, roles }: { readonly principal: { readonly id: string }; readonly roles: readonly Role[] },
): boolean {
  return submittedBy.id === principal.id || (roles.includes("REVIEWER") && !reasons.includes("NOT_IN_QUEUE"));
}

/** A remark that decides nothing. */
export function CommentForm({ ticketId, viewerId, onChanged }: CommentFormProps) {
  const kept = keptText(`comment.${viewerId}.${ticketId}`);
  const id = useId();
  const [body, setBody] = useState(kept.read);
  const [{ fetching, error }, comment] = useMutation(CommentDocument);
  const attempt = useRef<{ readonly key: string; readonly body: string }>(undefined);
  const announce = useAnnounce();
  const long = commentProblem("APPROVE", body);
  const unready = fetching || body.trim() === "" || long !== undefined;
  const write = (text: string): void => {
    setBody(text);
    kept.keep(text);
  };
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (unready) return;
    // Where the answer is lost, the same words once more are the same comment.
    if (attempt.current?.body !== body) attempt.current = { key: crypto.randomUUID(), body };
    const { error: failed } = await comment({
      input: { ticketId, body, idempotencyKey: attempt.current.key },
    });
    if (failed !== undefined) return;
    attempt.current = undefined;
    write("");
    announce("Comment added.");
    onChanged();
  };
  return (
    <form className="ticket-comment" onSubmit={(event) => void send(event)}>
      <label htmlFor={id}>Comment, without deciding</label>
      <textarea
        id={id}
        rows={2}
        value={body}
        readOnly={fetching}
        onChange={({ target }) => write(target.value)}
      />
      {long !== undefined && <p>{long}</p>}
      {error !== undefined && <p role="alert">{refusalOf(error).words}</p>}
      <button type="submit" disabled={unready}>
        Add comment
      </button>
    </form>
  );
}
