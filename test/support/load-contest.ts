import { expect } from "vitest";
import type { GqlAnswer } from "./graphql-client.js";
import type { LoadHttp } from "./load-http.js";
import type { Random } from "./load-random.js";
import type { LoadPrincipal } from "./load-world.js";

/** A decision as mutations, refusals and queries show it alike. */
export interface ContestedDecision {
  readonly status: string;
  readonly revision: number;
  readonly comments: string | null;
  readonly decidedBy: { readonly id: string; readonly name: string } | null;
  readonly decidedAt: string | null;
  readonly cursor: string | null;
}

export interface ContestedTicket {
  readonly id: string;
  readonly status: string;
  readonly revision: number;
  readonly decision: ContestedDecision;
}

/** Who contends, and where. */
export interface Contest {
  readonly http: LoadHttp;
  /** Servers over the same database; requests go to them in turn. */
  readonly urls: readonly string[];
  readonly agent: LoadPrincipal;
  readonly reviewers: readonly LoadPrincipal[];
  readonly random: Random;
}

const DECISION = "decision { status revision comments decidedBy { id name } decidedAt cursor }";
const TICKET = `ticket { id status revision ${DECISION} }`;
const DOCUMENTS = {
  submitReview: `mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ${TICKET} ledgerCursor } }`,
  resubmitReview: `mutation ($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ${TICKET} } }`,
  claimTicket: `mutation ($input: ClaimTicketInput!) { claimTicket(input: $input) { ${TICKET} } }`,
  retractReview: `mutation ($input: RetractReviewInput!) { retractReview(input: $input) { ${TICKET} } }`,
  decideTicket: `mutation ($input: DecideTicketInput!) { decideTicket(input: $input) { ${TICKET} ${DECISION} } }`,
} as const;

/** What a mutation answers with. */
export interface ContestPayload {
  readonly ticket: ContestedTicket;
  readonly decision?: ContestedDecision;
  readonly ledgerCursor?: string;
}

/** One contender's request and what became of it. */
export interface Attempt {
  readonly by: LoadPrincipal;
  readonly input: Readonly<Record<string, unknown>>;
  readonly answer: GqlAnswer<unknown>;
  /** Undefined where it was refused. */
  readonly payload: ContestPayload | undefined;
  /** Of the refusal. */
  readonly code: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Sends a mutation to one of the servers. */
export async function attempt(
  { http, urls }: Pick<Contest, "http" | "urls">,
  by: LoadPrincipal,
  mutation: keyof typeof DOCUMENTS,
  input: Readonly<Record<string, unknown>>,
  turn = 0,
): Promise<Attempt> {
  const url = urls[turn % urls.length] ?? "";
  const answer = await http.post<Record<string, ContestPayload | null>>(url, by.key, DOCUMENTS[mutation], {
    input,
  });
  const payload = answer.data?.[mutation] ?? undefined;
  return { by, input, answer, payload, code: answer.code, details: answer.errors[0]?.extensions ?? {} };
}

/** Submits a proposal that must be taken. */
export async function submitted(
  contest: Contest,
  input: Readonly<Record<string, unknown>>,
): Promise<ContestedTicket> {
  const { payload, answer } = await attempt(contest, contest.agent, "submitReview", input);
  if (payload === undefined) throw new Error(`a submission was refused: ${JSON.stringify(answer)}`);
  return payload.ticket;
}

/** What the query `decision` says of a ticket, asked of the server whose turn it is. */
export async function decisionOf(
  { http, urls, agent }: Contest,
  ticketId: string,
  turn = 0,
): Promise<ContestedDecision> {
  const answer = await http.post<{ decision: ContestedDecision }>(
    urls[turn % urls.length] ?? "",
    agent.key,
    `query ($id: ID!) { decision(ticketId: $id) { status revision comments decidedBy { id name } decidedAt cursor } }`,
    { id: ticketId },
  );
  if (answer.data === null || answer.data === undefined) throw new Error(JSON.stringify(answer));
  return answer.data.decision;
}

/** A random word on a revision: any outcome, and now and then an amendment. */
export function someVerdict(random: Random, mark: string): Readonly<Record<string, unknown>> {
  const status = random.pick(["APPROVED", "APPROVED", "REJECTED", "NEEDS_CHANGES"]);
  const amended = status === "APPROVED" && random.chance(0.5);
  return { status, comments: mark, ...(amended ? { amendment: { title: `Amended ${mark}` } } : {}) };
}

/** So many attempts at once, each contender in turn and each server in turn. */
export function atOnce(count: number, one: (index: number) => Promise<Attempt>): Promise<Attempt[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => one(index)));
}

/** Runs the task for every item, so many at a time. */
export async function eachOf<T>(
  items: readonly T[],
  width: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Where a ticket takes one approval: 50 words on its revision at once settle it once, and everybody learns how. */
export async function oneWinner(contest: Contest, name: string): Promise<void> {
  const { reviewers, random } = contest;
  const { id } = await submitted(contest, { title: name });
  const first = random.below(reviewers.length);
  const attempts = await atOnce(50, (index) =>
    attempt(
      contest,
      reviewers[(first + index) % reviewers.length] as LoadPrincipal,
      "decideTicket",
      { ticketId: id, revision: 1, ...someVerdict(random, `${name}/${index}`) },
      index,
    ),
  );
  const won = attempts.filter(({ payload }) => payload !== undefined);
  expect(won).toHaveLength(1);
  const [{ by, input, payload }] = won as [Attempt];
  expect(payload?.decision).toMatchObject({
    status: input.status,
    revision: input.amendment === undefined ? 1 : 2,
    comments: input.comments,
    decidedBy: { id: by.id, name: by.name },
  });
  for (const { code, details, answer } of attempts) {
    if (code === undefined) continue;
    // Settled comes before stale, also where the winner has amended.
    expect(code, JSON.stringify(answer)).toBe("ALREADY_DECIDED");
    expect(details.decision).toEqual(payload?.decision);
  }
  for (const turn of contest.urls.keys()) {
    expect(await decisionOf(contest, id, turn)).toEqual(payload?.decision);
  }
}
