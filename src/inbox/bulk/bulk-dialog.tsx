import { type FormEvent, useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import { useClient } from "urql";
import { commentProblem } from "../decide/decision-input.js";
import { CHOICES, type Choice } from "../decide/outcomes.js";
import { SnippetBar } from "../decide/snippet-bar.tsx";
import "../desk/desk.css";
import { BusyButton } from "../desk/busy-button.tsx";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { useSession } from "../shell/session.js";
import { BulkSigning, isOpen, type SigningState } from "./bulk-signing.js";
import { BulkTickets } from "./bulk-tickets.tsx";
import { keptComment } from "./kept-comment.js";
import { isPicked, type Picked, type Selection, type SelectionState, signable } from "./selection.js";

interface BulkDialogProps {
  readonly selection: Selection;
  readonly choice: Choice;
  readonly close: () => void;
}

/** One confirmation for all that is selected, and what came of each. */
export function BulkDialog({ selection, choice, close }: BulkDialogProps) {
  const { viewer } = useSession();
  const client = useClient();
  const [signing] = useState(() => new BulkSigning(client, selection));
  const [kept] = useState(() => keptComment(viewer.principal.id, choice));
  // Nothing is added while it is open.
  const [listed] = useState(() => [...selection.state().picked.values()]);
  const [queue] = useState(() => signable(selection.state())[0]?.ticket.queue);
  const selected = useSyncExternalStore(selection.listen, selection.state);
  const state = useSyncExternalStore(signing.listen, signing.state);
  const [comment, setComment] = useState(kept.read);
  const begun = state.results.size > 0;
  const left = toSign(listed, selected, state);
  const done = begun && !state.running;
  const problem = commentProblem(choice, comment);
  const ready = left.length > 0 && problem === undefined && !state.running;
  const words = CHOICES[choice];

  const write = (text: string): void => {
    setComment(text);
    kept.keep(text);
  };
  const sign = async (): Promise<void> => {
    if (!ready) return;
    await signing.sign(
      // As things stand at this press: what has just been taken out is not sent.
      toSign(listed, selection.state(), signing.state()).map(({ ticket }) => ticket.id),
      { choice, comment },
    );
    if (toSign(listed, selection.state(), signing.state()).length === 0) kept.keep("");
  };
  const leave = (): void => {
    selection.forgetOut();
    close();
  };
  useShortcuts(
    [{ keys: "$mod+Enter", label: words.sign, run: () => void sign(), inDialog: true }],
    "Selected tickets",
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void sign();
  };
  return (
    <DeskDialog title={`${words.label} · queue ${queue}`} onClose={leave} keep={state.running}>
      <form className="bulk desk-form" onSubmit={submit}>
        <BulkTickets listed={listed} selected={selected} results={state.results} />
        <Comment choice={choice} comment={comment} locked={begun} write={write} />
        {!begun && problem !== undefined && <p className="desk-hint">{problem}</p>}
        {!begun && left.length > 0 && (
          <p className="desk-hint">You sign {counted(left.length)}, each at the revision that you opened.</p>
        )}
        <Progress state={state} done={done} />
        <div className="desk-actions">
          {state.running ? (
            <button type="button" className="desk-button" onClick={signing.stop}>
              Stop
            </button>
          ) : (
            <button type="button" className="desk-button" onClick={leave}>
              {done ? "Close" : "Cancel"}
            </button>
          )}
          {(!begun || left.length > 0) && (
            <>
              <kbd>Ctrl/⌘ Enter</kbd>
              <BusyButton
                says={buttonWords(choice, left.length, state)}
                busy={!ready}
                look={choice === "REJECT" ? "danger" : "main"}
              />
            </>
          )}
        </div>
      </form>
    </DeskDialog>
  );
}

/** Those that a press sends: at first all that are not taken out, and later those without an answer. */
function toSign(
  listed: readonly Picked[],
  selected: SelectionState,
  { results }: SigningState,
): readonly Picked[] {
  return listed.filter(({ ticket: { id } }) => {
    const result = results.get(id);
    return isPicked(selected, id) && (result === undefined || isOpen(result));
  });
}

function counted(count: number): string {
  return `${count} ${count === 1 ? "ticket" : "tickets"}`;
}

function buttonWords(choice: Choice, count: number, { results, running }: SigningState): string {
  if (running) return "Signing …";
  if (results.size > 0) return `Try again: ${counted(count)}`;
  return count === 0 ? "Nothing is left to sign" : `${CHOICES[choice].sign}: ${counted(count)}`;
}

interface CommentProps {
  readonly choice: Choice;
  readonly comment: string;
  /** Once something is sent, the words stay: what is tried again is the same. */
  readonly locked: boolean;
  readonly write: (text: string) => void;
}

function Comment({ choice, comment, locked, write }: CommentProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <div className="desk-field">
      <label htmlFor={id}>{CHOICES[choice].commentLabel}</label>
      <textarea
        ref={field}
        id={id}
        rows={3}
        value={comment}
        readOnly={locked}
        required={choice === "CHANGES"}
        onChange={({ target }) => write(target.value)}
      />
      {!locked && (
        <SnippetBar
          choice={choice}
          comment={comment}
          onUse={(snippet) => write(comment === "" ? snippet : `${comment}\n${snippet}`)}
        />
      )}
    </div>
  );
}

/** How far it has got; at the end, how it went. */
function Progress({ state, done }: { readonly state: SigningState; readonly done: boolean }) {
  const summary = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // Whatever had the focus may be gone.
    if (done) summary.current?.focus();
  }, [done]);
  const results = [...state.results.values()];
  const count = (wanted: string): number => results.filter((one) => one.state === wanted).length;
  const signed = count("signed");
  const parts = [
    `${signed} of ${results.length} signed`,
    count("refused") > 0 && `${count("refused")} refused or taken out`,
    count("unsent") > 0 && `${count("unsent")} not sent`,
    count("unknown") > 0 && `${count("unknown")} without an answer`,
  ].filter(Boolean);
  return (
    <>
      {results.length > 0 && (
        <p ref={summary} tabIndex={-1} className="bulk-summary">
          {parts.join(", ")}.
        </p>
      )}
      <p role="status" className="desk-hint">
        {state.pause !== undefined &&
          `The server asks to wait: it goes on by itself in ${state.pause} ${state.pause === 1 ? "second" : "seconds"}.`}
      </p>
    </>
  );
}
