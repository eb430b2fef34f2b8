import { type FormEvent, useId, useRef, useState } from "react";
import { useMutation } from "urql";
import { CommentDocument } from "../api/generated.js";
import { refusalOf } from "../decide/refusal-words.js";
import { useAnnounce } from "./announcer.tsx";

/** A remark that decides nothing. */
export function CommentForm(props: { readonly ticketId: string; readonly onChanged: () => void }) {
  const { ticketId, onChanged } = props;
  const id = useId();
  const [body, setBody] = useState("");
  const [{ fetching, error }, comment] = useMutation(CommentDocument);
  const attempt = useRef<{ readonly key: string; readonly body: string }>(undefined);
  const announce = useAnnounce();
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
    setBody("");
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
        onChange={({ target }) => setBody(target.value)}
      />
      {error !== undefined && <p role="alert">{refusalOf(error).words}</p>}
      <button type="submit" disabled={fetching || body.trim() === ""}>
        Add comment
      </button>
    </form>
  );
}
