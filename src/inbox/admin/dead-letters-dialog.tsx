import { useCallback, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { Link } from "wouter";
import { ReplayDeadLettersDocument, type ReplayDeadLettersInput } from "../api/generated.js";
import { BusyButton } from "../desk/busy-button.tsx";
import { act, wordsOf } from "../desk/desk-client.js";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { When } from "../desk/when.tsx";
import { isOff } from "./endpoint-acts.tsx";
import { asBeginning, attemptsWords, toldOfWords } from "./endpoint-words.js";
import { type DeadLetter, type DeadLetterPage, type Endpoint, loadDeadLetters } from "./lists.js";

interface DeadLettersDialogProps {
  readonly endpoint: Endpoint;
  /** Whether the viewer may have them delivered again. */
  readonly manages: boolean;
  readonly onClose: () => void;
}

const EVERY = "every";

/** What an endpoint could not be told, and why. */
export function DeadLettersDialog({ endpoint, manages, onClose }: DeadLettersDialogProps) {
  const { letters, hasMore, refusal, loadMore } = useDeadLetters(endpoint.id);
  const { again, said, refused, deliver } = useReplay();
  const offers = manages && !isOff(endpoint);
  const every = again.has(EVERY);
  return (
    <DeskDialog title={`What ${endpoint.name} could not be told`} onClose={onClose}>
      {manages && !offers ? <p>It is switched off. Once it is on, these can be delivered again.</p> : null}
      <p role="alert" className="desk-refusal">
        {refusal}
      </p>
      {letters === undefined ? (
        <p role="status" className="desk-hint">
          {refusal === "" ? "Loading …" : ""}
        </p>
      ) : (
        <ul className="desk-rows" aria-label="Dead letters">
          {letters.map((letter) => (
            <li key={letter.id} className="endpoint-letter">
              <Letter letter={letter} />
              {offers ? (
                <BusyButton
                  says="Deliver it again"
                  name={`Deliver it again: ${toldOfWords(letter)}`}
                  look="small"
                  busy={every || again.has(letter.id)}
                  onPress={() => deliver(letter.id, { ids: [letter.id] })}
                />
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {letters?.length === 0 ? <p className="desk-quiet">There is none any more.</p> : null}
      {hasMore ? (
        <Button className="desk-button endpoint-more" onPress={loadMore}>
          Show more
        </Button>
      ) : null}
      <p role="alert" className="desk-refusal">
        {refused}
      </p>
      <p role="status" className="desk-hint">
        {said}
      </p>
      <div className="desk-actions">
        <Button className="desk-button" onPress={onClose}>
          Close
        </Button>
        {offers && letters !== undefined && letters.length > 0 ? (
          <BusyButton
            says="Deliver them again"
            look="main"
            busy={every}
            onPress={() => deliver(EVERY, { endpointId: endpoint.id })}
          />
        ) : null}
      </div>
    </DeskDialog>
  );
}

function Letter({ letter }: { readonly letter: DeadLetter }) {
  const { ticketId, attempts, problem, givenUpAt } = letter;
  return (
    <div>
      <p>
        <strong>{asBeginning(problem ?? "it is not known what went wrong")}</strong>
      </p>
      <p>
        {asBeginning(toldOfWords(letter))}
        {ticketId === null || ticketId === undefined ? (
          " of the workspace"
        ) : (
          <>
            {" of "}
            <Link href={`/tickets/${ticketId}`}>{ticketId}</Link>
          </>
        )}
      </p>
      <p className="desk-quiet">
        {asBeginning(attemptsWords(attempts))}, given up <When at={givenUpAt} />
      </p>
    </div>
  );
}

function useDeadLetters(endpointId: string) {
  const [letters, setLetters] = useState<readonly DeadLetter[]>();
  const [after, setAfter] = useState<string | null>(null);
  const [refusal, setRefusal] = useState("");
  const taken = useCallback(({ edges, pageInfo }: DeadLetterPage): void => {
    const nodes = edges.map(({ node }) => node);
    setLetters((known = []) => {
      const ids = new Set(known.map(({ id }) => id));
      return [...known, ...nodes.filter(({ id }) => !ids.has(id))];
    });
    setAfter(pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null);
    setRefusal("");
  }, []);
  useEffect(() => {
    let wanted = true;
    loadDeadLetters(endpointId, null).then(
      (page) => wanted && taken(page),
      (error: unknown) => wanted && setRefusal(wordsOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [endpointId, taken]);
  const loadMore = (): void => {
    loadDeadLetters(endpointId, after).then(taken, (error: unknown) => setRefusal(wordsOf(error)));
  };
  return { letters, hasMore: after !== null, refusal, loadMore };
}

/** Has dead letters delivered again; their rows stay, so that the focus does too. */
function useReplay() {
  const [again, setAgain] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState("");
  const [refused, setRefused] = useState("");
  const replay = async (which: string, input: ReplayDeadLettersInput): Promise<void> => {
    setRefused("");
    setAgain((known) => new Set([...known, which]));
    try {
      const { replayDeadLetters } = await act(ReplayDeadLettersDocument, { input });
      setSaid(replayedWords(replayDeadLetters.replayed));
    } catch (error) {
      setRefused(wordsOf(error));
      setAgain((known) => new Set([...known].filter((one) => one !== which)));
    }
  };
  return {
    again,
    said,
    refused,
    deliver: (which: string, input: ReplayDeadLettersInput) => void replay(which, input),
  };
}

/** As many as the server takes up in one go. */
const MOST = 10_000;

function replayedWords(replayed: number): string {
  if (replayed === 0) return "Nothing was left to deliver: somebody was faster.";
  const what = replayed === 1 ? "1 message is" : `${replayed} messages are`;
  const more = replayed >= MOST ? " There may be more: open this again." : "";
  return `${what} tried again from the beginning. What fails once more comes back here.${more}`;
}
