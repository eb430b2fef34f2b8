import { useCallback, useEffect, useRef, useState } from "react";
import { useMutation } from "urql";
import { DecideDocument } from "../api/generated.js";
import { decisionInput } from "./decision-input.js";
import { type Draft, type DraftPlace, forgetDrafts, keepDraft, readDraft } from "./draft.js";
import type { Refusal } from "./refusal-words.js";
import { answerOf, attemptOf, type Signed } from "./send-decision.js";

/** A draft, and the act of signing it. */
export interface Decision {
  readonly draft: Draft | undefined;
  /** Whether this browser keeps it. */
  readonly kept: boolean;
  readonly write: (draft: Draft) => void;
  readonly drop: () => void;
  readonly refusal: Refusal | undefined;
  readonly signing: boolean;
  /** What is written has been sent, and whether it counted is not known: sending it once more tells, and does it once. */
  readonly uncertain: boolean;
  /** Sends what is written about the revision of the draft's place. */
  readonly sign: () => Promise<Signed | undefined>;
}

/** What one has begun to say about a revision, kept through reloads, until it is signed. */
export function useDecision(place: DraftPlace): Decision {
  const [draft, setDraft] = useState(() => readDraft(place));
  const [kept, setKept] = useState(true);
  const [refusal, setRefusal] = useState<Refusal>();
  const [{ fetching }, decide] = useMutation(DecideDocument);

  // What was written about a revision goes along to the one that has been looked at since.
  const written = useRef(draft);
  written.current = draft;
  useEffect(() => {
    if (written.current !== undefined) setKept(keepDraft(place, written.current));
  }, [place]);

  const write = useCallback(
    (next: Draft) => {
      setDraft(next);
      setKept(keepDraft(place, next));
    },
    [place],
  );
  const drop = useCallback(() => {
    forgetDrafts(place);
    setDraft(undefined);
    setRefusal(undefined);
  }, [place]);

  const sign = async (): Promise<Signed | undefined> => {
    if (draft === undefined || fetching) return undefined;
    const input = decisionInput(place.ticketId, place.revision, draft);
    if (input === undefined) return undefined;
    const attempt = attemptOf(input, draft.attempt);
    write({ ...draft, attempt });
    setRefusal(undefined);
    const answer = answerOf(await decide({ input: { ...input, idempotencyKey: attempt.key } }));
    if ("refusal" in answer) {
      setRefusal(answer.refusal);
      if (answer.over) write({ ...draft, attempt: null });
      return undefined;
    }
    drop();
    return answer.signed;
  };
  const uncertain =
    draft !== undefined &&
    draft.attempt !== null &&
    draft.attempt.said === JSON.stringify(decisionInput(place.ticketId, place.revision, draft));
  return { draft, kept, write, drop, refusal, signing: fetching, uncertain, sign };
}
