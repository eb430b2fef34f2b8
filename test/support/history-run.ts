import { DOCUMENTS, outputOf, type TicketAnswer, variablesOf } from "./history-answers.js";
import type { HistoryEntry } from "./history-checker.js";
import type { TicketFacts, TicketInput, TicketOutput } from "./history-model.js";
import type { PlannedStep, TicketPlan, Who } from "./history-plan.js";
import { type Contest, submitted } from "./load-contest.js";
import { AnswerLost } from "./load-http.js";
import type { LoadPrincipal } from "./load-world.js";

/** One request, what came of it, and who sent it where. */
export interface RecordedOperation extends HistoryEntry<TicketInput, TicketOutput> {
  /** One who does one thing after the other; a principal may be several. */
  readonly client: string;
  readonly server: number;
}

/** The client that looks once nobody else is at work. */
export const LAST_LOOK = "last look";

/** Who takes part beside the contenders. */
export interface HistoryScene {
  readonly contest: Contest;
  readonly auditor: LoadPrincipal;
  /** How long an answer takes, milliseconds: a mean in which the last ones weigh most. */
  readonly pace: { answerMs: number };
}

/** Beyond this an answer is not waited for, milliseconds: what happened is unknown then. */
const PATIENCE_MS = 30_000;
/** How much an answer counts in the mean. */
const WEIGHT = 0.02;
/** So often is sent again what had a key and no answer. */
const TRIES = 4;

/** A ticket whose clients do what the plan says, at the same time, while everything is recorded. */
export class TicketRun {
  readonly operations: RecordedOperation[] = [];
  #ticketId = "";
  /** The newest revision that anybody has been shown. */
  #latest = 1;

  constructor(
    private readonly scene: HistoryScene,
    readonly plan: TicketPlan,
  ) {}

  /** What the model must know. */
  get facts(): TicketFacts {
    const { agent, reviewers } = this.scene.contest;
    return {
      submitter: agent.name,
      reviewers: new Set(reviewers.map(({ name }) => name)),
      required: this.plan.required,
      title: this.#title,
    };
  }

  get ticketId(): string {
    return this.#ticketId;
  }

  /** Submits the ticket and lets everybody loose on it. */
  async play(): Promise<void> {
    const { contest } = this.scene;
    const input = { title: this.#title, approvalsRequired: this.plan.required };
    this.#ticketId = (await submitted(contest, input)).id;
    await Promise.all(
      this.plan.clients.map(async ({ who, steps }, index) => {
        for (const step of steps) await this.#take(`client ${index}`, this.#principal(who), step);
      }),
    );
  }

  /** Where the ticket stands once nobody is at work: another server says each half of it. */
  async look(): Promise<void> {
    const { auditor } = this.scene;
    const turn = this.plan.index;
    await this.#send(LAST_LOOK, auditor, { kind: "readTicket", by: auditor.name }, turn);
    await this.#send(LAST_LOOK, auditor, { kind: "readDecision", by: auditor.name }, turn + 1);
  }

  get #title(): string {
    return `Proposal ${this.plan.index}`;
  }

  #principal(who: Who): LoadPrincipal {
    const { contest, auditor } = this.scene;
    const found = who === "agent" ? contest.agent : who === "auditor" ? auditor : contest.reviewers[who];
    if (found === undefined) throw new Error(`there is no reviewer ${who}`);
    return found;
  }

  async #take(client: string, self: LoadPrincipal, step: PlannedStep): Promise<void> {
    const input = this.#inputOf(self, step);
    const keyed = "key" in input && input.key !== null;
    const send = (asked: TicketInput, turn: number, hangUpMs?: number) =>
      this.#send(client, self, asked, step.server + turn, hangUpMs);
    const { hangsUpAfter } = step;
    const { answerMs } = this.scene.pace;
    const first = send(input, 0, hangsUpAfter === undefined ? undefined : hangsUpAfter * answerMs);
    if (keyed && step.key === "twice at once") await send(input, 1);
    let output = await first;
    if (!keyed) return;
    for (let turn = 1; output === undefined && turn < TRIES; turn += 1) output = await send(input, turn);
    if (step.key === "again") await send(input, 1);
    if (step.key === "changed") await send(otherwise(input), 1);
  }

  #inputOf({ name: by }: LoadPrincipal, { act, mark, sees, word, key }: PlannedStep): TicketInput {
    const idempotencyKey = key === "none" ? null : mark;
    // A revision that is not the current one: the one before, or where there is none, the one to come.
    const stale = this.#latest > 1 ? this.#latest - 1 : 2;
    const revision = sees === "stale" ? stale : this.#latest;
    switch (act) {
      case "decide":
        return { kind: act, by, key: idempotencyKey, word: { ...word, revision } };
      case "retract":
        return { kind: act, by, revision };
      case "resubmit": {
        const answers = sees === "nothing" ? null : revision;
        return { kind: act, by, key: idempotencyKey, title: `Revised in ${mark}`, answers };
      }
      case "withdraw":
        return { kind: act, by, key: idempotencyKey, reason: `withdrawn in ${mark}` };
      default:
        return { kind: act, by };
    }
  }

  async #send(
    client: string,
    self: LoadPrincipal,
    input: TicketInput,
    turn: number,
    hangUpMs = PATIENCE_MS,
  ): Promise<TicketOutput | undefined> {
    const { http, urls } = this.scene.contest;
    const server = turn % urls.length;
    const hangUp = new AbortController();
    const timer = setTimeout(() => hangUp.abort(), hangUpMs);
    const invoked = performance.now();
    let output: TicketOutput | undefined;
    try {
      const [document, variables] = [DOCUMENTS[input.kind], variablesOf(this.#ticketId, input)];
      const answer = await http.post<TicketAnswer>(
        urls[server] ?? "",
        self.key,
        document,
        variables,
        hangUp.signal,
      );
      output = outputOf(input.kind, answer, (id) => this.#nameOf(id));
    } catch (error) {
      if (!(error instanceof AnswerLost)) throw error;
    } finally {
      clearTimeout(timer);
    }
    const at = performance.now();
    this.operations.push({ client, server, input, invoked, answered: output && { at, output } });
    if (output === undefined) return undefined;
    this.#latest = Math.max(this.#latest, revisionIn(output));
    this.scene.pace.answerMs += (at - invoked - this.scene.pace.answerMs) * WEIGHT;
    return output;
  }

  #nameOf(id: string): string {
    const { contest, auditor } = this.scene;
    return [contest.agent, auditor, ...contest.reviewers].find((one) => one.id === id)?.name ?? id;
  }
}

function revisionIn(output: TicketOutput): number {
  if (!("refused" in output)) return output.ticket?.revision ?? output.decision?.revision ?? 1;
  const { fact } = output;
  if (output.refused === "STALE_REVISION" && typeof fact === "number") return fact;
  return typeof fact === "object" && fact !== null ? fact.revision : 1;
}

/** The same with other words. */
function otherwise(input: TicketInput): TicketInput {
  switch (input.kind) {
    case "decide":
      return { ...input, word: { ...input.word, comments: `${input.word.comments}, otherwise` } };
    case "resubmit":
      return { ...input, title: `${input.title}, otherwise` };
    case "withdraw":
      return { ...input, reason: `${input.reason}, otherwise` };
    default:
      return input;
  }
}
