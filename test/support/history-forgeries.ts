import {
  type SignedView,
  type TicketFacts,
  type TicketInput,
  type TicketOutput,
  ticketModel,
  type Word,
} from "./history-model.js";
import { LAST_LOOK, type RecordedOperation } from "./history-run.js";

/** A history in which somebody was told what cannot be. */
export interface Forgery {
  readonly what:
    | "a stale last look"
    | "a loser shown as the winner"
    | "two winners"
    | "a decision that nobody made";
  readonly history: readonly RecordedOperation[];
}

interface Decided extends RecordedOperation {
  readonly input: Extract<TicketInput, { readonly kind: "decide" }>;
  readonly made: SignedView;
}

/**
 * The history with single answers changed or missing, such that no order explains what is left. Nothing where no
 * acknowledged review has ended the ticket, or the last look had no answer.
 */
export function forgeries(facts: TicketFacts, history: readonly RecordedOperation[]): Forgery[] {
  const winner = winnerOf(history);
  const looked = history.every((one) => one.client !== LAST_LOOK || one.answered !== undefined);
  if (winner === undefined || !looked) return [];
  const model = ticketModel(facts);
  const stale = history.map((one) =>
    one.client === LAST_LOOK ? answering(one, model.step(model.initial, one.input).output) : one,
  );
  const forged: Forgery[] = [{ what: "a stale last look", history: stale }];
  if (saidOnce(history, winner)) {
    const without = history.filter(({ input }) => input !== winner.input);
    forged.push({ what: "a decision that nobody made", history: without });
  }
  const loser = history.find((one) => lostTo(winner, one));
  if (loser?.input.kind !== "decide") return forged;
  const claimed = hadItWon(winner.made, loser.input.by, loser.input.word);
  const flipped = history.map((one) =>
    one.client === LAST_LOOK ? answering(one, showing(one, claimed)) : one,
  );
  const twice = history.map((one) => (one === loser ? answering(one, showing(winner, claimed)) : one));
  forged.push(
    { what: "a loser shown as the winner", history: flipped },
    { what: "two winners", history: twice },
  );
  return forged;
}

/** Who was told to have ended the ticket. */
function winnerOf(history: readonly RecordedOperation[]): Decided | undefined {
  for (const one of history) {
    const { input, answered } = one;
    if (input.kind !== "decide" || answered === undefined || "refused" in answered.output) continue;
    const made = answered.output.decision;
    const own = made?.by === input.by && made.comments === input.word.comments;
    if (own && (made.status === "APPROVED" || made.status === "REJECTED")) return { ...one, input, made };
  }
  return undefined;
}

/** Whether no other request can have made the same decision. */
function saidOnce(history: readonly RecordedOperation[], { input }: Decided): boolean {
  const said = history.filter(
    (one) =>
      one.input.kind === "decide" &&
      one.input.by === input.by &&
      one.input.word.comments === input.word.comments,
  );
  return said.length === 1;
}

/** Whether somebody else was told that this decision on the revision in question had been made before. */
function lostTo({ input: { by, word }, made }: Decided, { input, answered }: RecordedOperation): boolean {
  if (input.kind !== "decide" || input.by === by || input.word.revision !== word.revision) return false;
  if (answered === undefined || !("refused" in answered.output)) return false;
  const { refused, fact } = answered.output;
  const beaten =
    typeof fact === "object" && fact !== null && fact.by === by && fact.comments === made.comments;
  return refused === "ALREADY_DECIDED" && beaten;
}

function hadItWon(made: SignedView, by: string, { outcome, comments }: Word): SignedView {
  return { ...made, status: outcome, by, comments };
}

/** The answer with another decision in it. */
function showing({ answered }: RecordedOperation, decision: SignedView): TicketOutput | undefined {
  if (answered === undefined || "refused" in answered.output) return undefined;
  const { ticket, decision: shown } = answered.output;
  return {
    ticket: ticket === null ? null : { ...ticket, status: decision.status, decision },
    decision: shown === null ? null : decision,
  };
}

function answering(one: RecordedOperation, output: TicketOutput | undefined): RecordedOperation {
  if (one.answered === undefined || output === undefined) return one;
  return { ...one, answered: { at: one.answered.at, output } };
}
