import type { SequentialModel } from "./history-checker.js";

/** What is asked of a ticket, as it was sent. Principals go by their names. */
export type TicketInput = Reading | Change;

type Reading = { readonly by: string; readonly kind: "readTicket" | "readDecision" };

type Change = { readonly by: string } & (
  | { readonly kind: "decide"; readonly key: string | null; readonly word: Word }
  | { readonly kind: "retract"; readonly revision: number }
  | {
      readonly kind: "resubmit";
      readonly key: string | null;
      readonly title: string;
      /** The revision that it answers, where one is named. */
      readonly answers: number | null;
    }
  | { readonly kind: "withdraw"; readonly key: string | null; readonly reason: string }
  | { readonly kind: "claim" | "release" }
);

/** A reviewer's word on the revision that they saw. */
export interface Word {
  readonly revision: number;
  readonly outcome: "APPROVED" | "REJECTED" | "NEEDS_CHANGES";
  readonly comments: string | null;
  /** The title of the amended proposal. */
  readonly amendment: string | null;
}

export type Status = "PENDING" | "APPROVED" | "REJECTED" | "NEEDS_CHANGES" | "WITHDRAWN";

/** Where a ticket stands. */
export interface DecisionView {
  readonly status: Status;
  readonly revision: number;
  readonly comments: string | null;
  readonly by: string | null;
}

/** The same with the title of the proposal that it is about; a refusal does not show that. */
export interface SignedView extends DecisionView {
  readonly title: string;
}

/** A ticket as one viewer sees it. */
export interface TicketView {
  readonly status: Status;
  readonly revision: number;
  readonly title: string;
  readonly assignee: string | null;
  /** What keeps the viewer from deciding. */
  readonly obstacles: readonly string[];
  readonly decision: SignedView;
}

/** What an operation answers with; what it does not show is null. */
export type TicketOutput =
  | { readonly ticket: TicketView | null; readonly decision: SignedView | null }
  | { readonly refused: string; readonly fact: Fact };

/** What a refusal says beside its code. */
export type Fact = DecisionView | number | string | null;

/** What is known of a ticket before anybody touches it. */
export interface TicketFacts {
  readonly submitter: string;
  readonly reviewers: ReadonlySet<string>;
  readonly required: number;
  readonly title: string;
}

/** All that the answers depend on. */
export interface TicketModelState {
  readonly status: Status;
  readonly revision: number;
  readonly title: string;
  /** Who made the current revision. */
  readonly author: string;
  /** Whose reviews of the current revision count, in alphabetical order. */
  readonly reviewers: readonly string[];
  readonly holder: string | null;
  /** Null while PENDING. */
  readonly settled: SignedView | null;
  /** What was done under an idempotency key, in the order of the keys. */
  readonly remembered: readonly Remembered[];
}

interface Remembered {
  readonly scope: string;
  readonly content: string;
  /** The decision that was answered: settled then, or not. */
  readonly answered: SignedView;
}

type State = TicketModelState;

/**
 * The design's rules of one ticket in the words of this file, and on purpose none of the project's code: what a history is
 * held against. Only what its inputs can bring about: nobody asks who may not, and neither deadlines nor claims lapse.
 */
export function ticketModel(facts: TicketFacts): SequentialModel<State, TicketInput, TicketOutput> {
  return {
    initial: {
      status: "PENDING",
      revision: 1,
      title: facts.title,
      author: facts.submitter,
      reviewers: [],
      holder: null,
      settled: null,
      remembered: [],
    },
    step: (state, input) => step(facts, state, input),
    stateKey: (state) => JSON.stringify(state),
    isInert: (input, output) => "refused" in output || isReading(input),
  };
}

/** Whether it only looks. */
export function isReading(input: TicketInput): input is Reading {
  return input.kind === "readTicket" || input.kind === "readDecision";
}

function step(
  facts: TicketFacts,
  state: State,
  input: TicketInput,
): { readonly state: State; readonly output: TicketOutput } {
  if (isReading(input)) {
    const ticket = input.kind === "readTicket" ? view(facts, state, input.by) : null;
    return { state, output: { ticket, decision: ticket === null ? standing(state) : null } };
  }
  const scope = "key" in input && input.key !== null ? `${input.by} ${input.kind} ${input.key}` : undefined;
  const earlier = state.remembered.find((one) => one.scope === scope);
  if (earlier !== undefined) return { state, output: again(facts, state, input, earlier) };
  const refusal = refuse(state, input);
  if (refusal !== undefined) return { state, output: refusal };
  const after = change(facts, state, input);
  const output = done(facts, after, input, null);
  if (scope === undefined) return { state: after, output };
  const answered = standing(after);
  return { state: remember(after, { scope, content: JSON.stringify(input), answered }), output };
}

function remember(state: State, record: Remembered): State {
  const remembered = [...state.remembered, record].sort((a, b) => (a.scope < b.scope ? -1 : 1));
  return { ...state, remembered };
}

/** A repeated key does nothing: it answers with the decision as it was answered first; with other words it is refused. */
function again(facts: TicketFacts, state: State, input: Change, earlier: Remembered): TicketOutput {
  if (earlier.content !== JSON.stringify(input))
    return { refused: "IDEMPOTENCY_CONFLICT", fact: "idempotencyKey" };
  return done(facts, state, input, earlier.answered);
}

function done(facts: TicketFacts, state: State, input: Change, made: SignedView | null): TicketOutput {
  return {
    ticket: view(facts, state, input.by),
    decision: input.kind === "decide" ? (made ?? standing(state)) : null,
  };
}

function standing({ settled, revision, title }: State): SignedView {
  return settled ?? { status: "PENDING", revision, comments: null, by: null, title };
}

function view({ reviewers, submitter }: TicketFacts, state: State, viewer: string): TicketView {
  const obstacles = [
    reviewers.has(viewer) ? "" : "NOT_A_REVIEWER",
    [state.author, submitter].includes(viewer) ? "OWN_SUBMISSION" : "",
    state.reviewers.includes(viewer) ? "ALREADY_REVIEWED" : "",
    heldByOther(state, viewer) ? "CLAIMED_BY_ANOTHER" : "",
    state.status === "PENDING" ? "" : "NOT_PENDING",
  ].filter((reason) => reason !== "");
  const { status, revision, title, holder } = state;
  return { status, revision, title, assignee: holder, obstacles, decision: standing(state) };
}

function heldByOther({ holder }: State, viewer: string): boolean {
  return holder !== null && holder !== viewer;
}

/** The first that applies, in the design's order of precedence. */
function refuse(state: State, input: Change): TicketOutput | undefined {
  const { by, kind } = input;
  if (kind === "release")
    return heldByOther(state, by) ? { refused: "CLAIMED_BY_ANOTHER", fact: state.holder } : undefined;
  const open = state.status === "PENDING" || (kind === "resubmit" && state.status === "NEEDS_CHANGES");
  if (!open) {
    const { title: _, ...decision } = standing(state);
    return { refused: state.status === "WITHDRAWN" ? "NOT_PENDING" : "ALREADY_DECIDED", fact: decision };
  }
  const seen = revisionSeen(input);
  if (seen !== null && seen !== state.revision) return { refused: "STALE_REVISION", fact: state.revision };
  if (kind === "retract" && !state.reviewers.includes(by))
    return { refused: "BAD_USER_INPUT", fact: "revision" };
  if (kind !== "claim" && kind !== "decide") return undefined;
  return keepAway(state, by) ?? faultOf(input);
}

function revisionSeen(input: Change): number | null {
  if (input.kind === "decide") return input.word.revision;
  if (input.kind === "resubmit") return input.answers;
  return input.kind === "retract" ? input.revision : null;
}

function keepAway(state: State, by: string): TicketOutput | undefined {
  if (state.reviewers.includes(by)) return { refused: "ALREADY_REVIEWED", fact: state.revision };
  if (state.author === by) return { refused: "OWN_SUBMISSION", fact: state.revision };
  return heldByOther(state, by) ? { refused: "CLAIMED_BY_ANOTHER", fact: state.holder } : undefined;
}

function faultOf(input: Change): TicketOutput | undefined {
  if (input.kind !== "decide") return undefined;
  const { outcome, comments, amendment } = input.word;
  if (outcome === "NEEDS_CHANGES" && comments === null)
    return { refused: "BAD_USER_INPUT", fact: "comments" };
  const amends = amendment !== null && outcome !== "APPROVED";
  return amends ? { refused: "BAD_USER_INPUT", fact: "amendment" } : undefined;
}

/** What an operation does that nothing speaks against. */
function change(facts: TicketFacts, state: State, input: Change): State {
  switch (input.kind) {
    case "claim":
      return { ...state, holder: input.by };
    case "release":
      return { ...state, holder: null };
    case "retract":
      return { ...state, reviewers: state.reviewers.filter((name) => name !== input.by) };
    case "resubmit":
      return { ...revised(state, input.by, input.title), status: "PENDING", settled: null };
    case "withdraw":
      return settle(state, "WITHDRAWN", input.by, input.reason);
    case "decide":
      return review(facts, state, input.by, input.word);
  }
}

function review(facts: TicketFacts, state: State, by: string, word: Word): State {
  const seen = word.amendment === null ? state : revised(state, by, word.amendment);
  const reviewed = {
    ...seen,
    reviewers: [...seen.reviewers, by].sort(),
    holder: seen.holder === by ? null : seen.holder,
  };
  const enough = word.outcome !== "APPROVED" || reviewed.reviewers.length >= facts.required;
  return enough ? settle(reviewed, word.outcome, by, word.comments) : reviewed;
}

function revised(state: State, author: string, title: string): State {
  return { ...state, revision: state.revision + 1, title, author, reviewers: [] };
}

function settle(state: State, status: Status, by: string, comments: string | null): State {
  const { revision, title } = state;
  return { ...state, status, holder: null, settled: { status, revision, comments, by, title } };
}
