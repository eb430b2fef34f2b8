import { type FormEvent, useId, useRef, useState } from "react";
import { useMutation } from "urql";
import { CommentDocument } from "../api/generated.js";
import { refusalOf } from "../decide/refusal-words.js";
import { useAnnounce } from "./announcer.tsx";
import { keptText } from "./kept-text.js";

interface CommentFormProps {
  readonly ticketId: string;
  readonly viewerId: string;
  readonly onChanged: () => void;
}

/** A remark that decides nothing. */
export function CommentForm({ ticketId, viewerId, onChanged }: CommentFormProps) {
  const kept = keptText(`comment.${viewerId}.${ticketId}`);
  const id = useId();
  const [body, setBody] = useState(kept.read);
  const [{ fetching, error }, comment] = useMutation(CommentDocument);
  const attempt = useRef<{ readonly key: string; readonly body: string }>(undefined);
  const announce = useAnnounce();
  const write = (text: string): void => {
    setBody(text);
    kept.keep(text);
  };
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (fetching || body.trim() === "") return;
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
      {error !== undefined && <p role="alert">{refusalOf(error).words}</p>}
      <button type="submit" disabled={fetching || body.trim() === ""}>
        Add comment
      </button>
    </form>
  );
}
