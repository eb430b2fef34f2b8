import { setTimeout as pause } from "node:timers/promises";
import { checkProposal } from "../../src/domain/proposal.js";
import type { GqlAnswer } from "./graphql-client.js";
import type { Gate } from "./load-gate.js";
import { AnswerLost, LoadHttp } from "./load-http.js";
import {
  type Entry,
  Journal,
  type Operation,
  type OperationKind,
  type ShownDecision,
} from "./load-journal.js";
import type { Random } from "./load-random.js";
import type { LoadPrincipal, LoadWorld } from "./load-world.js";

/** A ticket as the workers know it, which may be out of date. */
interface KnownTicket {
  readonly id: string;
  readonly agent: LoadPrincipal;
  revision: number;
  status: string;
}

interface Payload {
  readonly ticket: { readonly id: string; readonly revision: number; readonly status: string };
  readonly ledgerCursor?: string;
  readonly decision?: ShownDecision;
}

type Answer = GqlAnswer<Record<string, Payload | null>>;

/** One of those who work, with a connection of its own. */
interface Worker {
  readonly self: LoadPrincipal;
  readonly isAgent: boolean;
  readonly http: LoadHttp;
}

const DECISION = "decision { revision status cursor }";
const TICKET = `ticket { id revision status ${DECISION} }`;
const DOCUMENTS: Readonly<Record<OperationKind, readonly [mutation: string, document: string]>> = {
  submit: documentOf("submitReview", "SubmitReviewInput", `${TICKET} ledgerCursor`),
  resubmit: documentOf("resubmitReview", "ResubmitReviewInput", `${TICKET} ledgerCursor`),
  withdraw: documentOf("withdrawReview", "WithdrawReviewInput", TICKET),
  comment: documentOf("commentOnTicket", "CommentOnTicketInput", TICKET),
  decide: documentOf("decideTicket", "DecideTicketInput", `${TICKET} ${DECISION}`),
};

/** Refusals that are nobody's fault where many work on the same tickets. */
const FAIR = new Set(["ALREADY_DECIDED", "STALE_REVISION", "NOT_PENDING", "ALREADY_REVIEWED"]);
const OPEN_TICKETS = 40;
/** A client's manners while the server says UNAVAILABLE. */
const RETRY_MS = 25;

/** Agents and reviewers who work on the same tickets without a pause, until they are stopped. */
export class LoadWorkers {
  readonly journal = new Journal();
  readonly #open: KnownTicket[] = [];
  readonly #goals: { readonly count: number; readonly reached: () => void }[] = [];
  readonly #servedBy = new Map<number, string>();
  #workers: Promise<void>[] = [];
  #acknowledged = 0;
  #marks = 0;
  #atGate = 0;
  #stopping = false;

  constructor(
    private readonly world: Pick<LoadWorld, "agents" | "reviewers">,
    private readonly gate: Gate,
    private readonly random: Random,
  ) {}

  /** How many operations were acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How often a request was sent and never answered. */
  get answersLost(): number {
    return this.journal.entries.reduce((sum, { losses }) => sum + losses, 0);
  }

  /** How often a request was answered with UNAVAILABLE. */
  get unavailable(): number {
    return this.journal.entries.reduce((sum, { unavailable }) => sum + unavailable, 0);
  }

  /** Whether each of them has had an answer from that server, and so has a connection to it. */
  connectedTo(url: string): boolean {
    return this.#workers.every((_, index) => this.#servedBy.get(index) === url);
  }

  /** Whether each of them waits for a server. */
  get resting(): boolean {
    return this.#atGate === this.#workers.length;
  }

  start(count: number): void {
    const { agents, reviewers } = this.world;
    this.#workers = Array.from({ length: count }, async (_, index) => {
      const people = index % 2 === 0 ? agents : reviewers;
      const self = people[Math.floor(index / 2) % people.length];
      if (self === undefined) throw new Error("nobody to work as");
      const worker: Worker = { self, isAgent: index % 2 === 0, http: new LoadHttp(1) };
      while (!this.#stopping) await this.#step(worker, index);
      worker.http.close();
    });
  }

  /** Resolves in the moment in which that many operations have been acknowledged. */
  reached(count: number): Promise<void> {
    if (this.#acknowledged >= count) return Promise.resolve();
    return new Promise((resolve) => this.#goals.push({ count, reached: resolve }));
  }

  /** Every operation gets its answer first, so a server must be there. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers);
  }

  async #step({ self, isAgent, http }: Worker, index: number): Promise<void> {
    const operation = isAgent ? this.#agentsNext(self) : this.#reviewersNext(self);
    // Nothing to decide yet.
    if (operation === undefined) return pause(RETRY_MS);
    const entry = this.journal.begin(operation);
    const { answer, url } = await this.#answer(entry, http);
    this.#servedBy.set(index, url);
    const payload = answer.data?.[DOCUMENTS[operation.kind][0]];
    if (payload !== undefined && payload !== null) this.#acknowledge(entry, payload);
    else this.#refuse(entry, answer);
  }

  /** Sends it until there is an answer, whatever becomes of the servers meanwhile: always under the same key. */
  async #answer(entry: Entry, http: LoadHttp): Promise<{ readonly answer: Answer; readonly url: string }> {
    const { kind, by, input, mark } = entry.operation;
    const variables = { input: { ...input, idempotencyKey: mark } };
    for (;;) {
      this.#atGate += 1;
      const url = await this.gate.pass();
      this.#atGate -= 1;
      try {
        const answer: Answer = await http.post(url, by.key, DOCUMENTS[kind][1], variables);
        if (answer.code !== "UNAVAILABLE") return { answer, url };
        entry.unavailable += 1;
      } catch (error) {
        if (!(error instanceof AnswerLost)) throw error;
        entry.losses += 1;
      }
      await pause(this.random.below(RETRY_MS));
    }
  }

  #acknowledge(entry: Entry, { ticket, ledgerCursor, decision }: Payload): void {
    const { operation } = entry;
    entry.fate = "acknowledged";
    entry.ticketId = ticket.id;
    entry.cursor = ledgerCursor;
    entry.shown = decision;
    if (operation.kind === "submit") this.#open.push({ ...ticket, agent: operation.by });
    else this.#learn(ticket.id, ticket);
    this.#acknowledged += 1;
    for (const goal of [...this.#goals]) {
      if (goal.count > this.#acknowledged) continue;
      this.#goals.splice(this.#goals.indexOf(goal), 1);
      goal.reached();
    }
  }

  #refuse(entry: Entry, answer: GqlAnswer<unknown>): void {
    const { input } = entry.operation;
    const details = answer.errors[0]?.extensions;
    entry.fate = "refused";
    entry.ticketId = String(input.ticketId);
    if (details === undefined || !FAIR.has(details.code)) {
      this.journal.unexpected(entry, answer);
      return;
    }
    entry.shown = details.decision as ShownDecision | undefined;
    if (entry.shown !== undefined) this.#learn(entry.ticketId, entry.shown);
    else if (typeof details.currentRevision === "number") {
      this.#learn(entry.ticketId, { revision: details.currentRevision, status: "PENDING" });
    }
  }

  #learn(id: string, { revision, status }: { readonly revision: number; readonly status: string }): void {
    const known = this.#open.find((ticket) => ticket.id === id);
    if (known === undefined || revision < known.revision) return;
    known.revision = revision;
    known.status = status;
    if (status !== "PENDING" && status !== "NEEDS_CHANGES") this.#open.splice(this.#open.indexOf(known), 1);
  }

  #agentsNext(self: LoadPrincipal): Operation {
    const own = this.#open.filter((ticket) => ticket.agent === self);
    if (own.length === 0 || (this.#open.length < OPEN_TICKETS && this.random.chance(0.5)))
      return this.#submission(self);
    const ticket = this.random.pick(own);
    const named = { ticketId: ticket.id };
    if (ticket.status === "NEEDS_CHANGES" || this.random.chance(0.4)) {
      const mark = this.#mark();
      const text = { title: `Revised ${mark}`, payload: { mark } };
      const input = { ...named, ...text, revision: ticket.revision };
      return { kind: "resubmit", mark, by: self, input, digest: checkProposal(text).digest };
    }
    const mark = this.#mark();
    if (this.random.chance(0.3)) {
      return { kind: "withdraw", mark, by: self, input: { ...named, reason: mark }, digest: undefined };
    }
    return { kind: "comment", mark, by: self, input: { ...named, body: mark }, digest: undefined };
  }

  #submission(self: LoadPrincipal): Operation {
    const mark = this.#mark();
    const text = { title: `Proposal ${mark}`, detail: "Expand the loan term by a year.", payload: { mark } };
    const input = { ...text, approvalsRequired: this.random.chance(0.3) ? 2 : 1 };
    return { kind: "submit", mark, by: self, input, digest: checkProposal(text).digest };
  }

  #reviewersNext(self: LoadPrincipal): Operation | undefined {
    const pending = this.#open.filter((ticket) => ticket.status === "PENDING");
    if (pending.length === 0) return undefined;
    const ticket = this.random.pick(pending);
    const mark = this.#mark();
    const status = this.random.pick(["APPROVED", "APPROVED", "REJECTED", "NEEDS_CHANGES"]);
    const input = { ticketId: ticket.id, revision: ticket.revision, status, comments: mark };
    if (status !== "APPROVED" || this.random.chance(0.7)) {
      return { kind: "decide", mark, by: self, input, digest: undefined };
    }
    const amendment = { title: `Amended ${mark}` };
    const { digest } = checkProposal(amendment);
    return { kind: "decide", mark, by: self, input: { ...input, amendment }, digest };
  }

  #mark(): string {
    this.#marks += 1;
    return `mark-${this.#marks}`;
  }
}

function documentOf(mutation: string, type: string, selection: string): readonly [string, string] {
  return [mutation, `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} } }`];
}
