import type { CombinedError } from "urql";
import type { DecideMutation, DecideTicketInput } from "../api/generated.js";
import { NO_ANSWER, type Refusal, refusalOf } from "./refusal-words.js";

/** What was signed, as the server confirmed it. */
export type Signed = DecideMutation["decideTicket"]["ticket"];

/** A decision as the API takes it, without the key. */
export type DecisionInput = Omit<DecideTicketInput, "idempotencyKey">;

/** What was sent, and the key under which it is done once. */
export interface Attempt {
  readonly key: string;
  readonly said: string;
}

/** The attempt that this is: the same words again are the same one, since an answer that was lost must not count twice. */
export function attemptOf(input: DecisionInput, before: Attempt | null): Attempt {
  const said = JSON.stringify(input);
  return before?.said === said ? before : { key: crypto.randomUUID(), said };
}

/** What came of an attempt. One that is over is not to be sent again under its key. */
export type DecisionAnswer =
  | { readonly signed: Signed }
  | { readonly refusal: Refusal; readonly over: boolean };

/** Reads what the server said to a decision, or that it said nothing. */
export function answerOf(result: {
  readonly data?: DecideMutation | null | undefined;
  readonly error?: CombinedError | undefined;
}): DecisionAnswer {
  const { data, error } = result;
  if (error === undefined && data) return { signed: data.decideTicket.ticket };
  const refusal = error === undefined ? NO_ANSWER : refusalOf(error);
  return { refusal, over: !refusal.retry || refusal.code === "IDEMPOTENCY_CONFLICT" };
}
