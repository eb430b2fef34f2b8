import type { Client, CombinedError } from "urql";
import { DecideDocument } from "../api/generated.js";
import { decisionInput } from "../decide/decision-input.js";
import type { Choice } from "../decide/outcomes.js";
import { NO_ANSWER } from "../decide/refusal-words.js";
import { answerOf, attemptOf, type Signed } from "../decide/send-decision.js";
import { STATUS_WORDS } from "../list/list-filter.js";
import { LIST } from "../list/list-limits.js";
import { approvalsOf } from "../list/ticket-row.tsx";
import type { Selection } from "./selection.js";

/** What came of one ticket, or is coming. */
export interface Result {
  readonly state: "waiting" | "sending" | "signed" | "refused" | "unknown" | "unsent";
  readonly words: string;
}

/** Whether it may be sent (once more): it was not, or nobody knows what came of it. */
export function isOpen({ state }: Result): boolean {
  return state === "unknown" || state === "unsent";
}

/** How far the signing has got; replaced as a whole at each change. */
export interface SigningState {
  /** By ticket. */
  readonly results: ReadonlyMap<string, Result>;
  readonly running: boolean;
  /** The server has asked to wait, for that many seconds. */
  readonly pause: number | undefined;
}

/** What is said of each ticket. */
export interface Said {
  readonly choice: Choice;
  readonly comment: string;
}

/** How long to wait where the server says that it was too much, but not for how long; and the longest wait, in seconds. */
const PAUSE_SECONDS = { usual: 2, longest: 60 } as const;

/** Decides the tickets of a selection one by one, a few at a time: each by an act of its own, under a key of its own. */
export class BulkSigning {
  #state: SigningState = { results: new Map(), running: false, pause: undefined };
  #stopped = false;
  #pausing: Promise<void> | undefined;
  #goOn: () => void = () => undefined;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly client: Client,
    private readonly selection: Selection,
  ) {}

  state = (): SigningState => this.#state;

  /** @returns what stops it */
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Signs these tickets. What is taken out of the selection before its turn comes is not sent. */
  async sign(ids: readonly string[], said: Said): Promise<void> {
    if (this.#state.running) return;
    this.#stopped = false;
    const results = new Map(this.#state.results);
    for (const id of ids) results.set(id, { state: "waiting", words: "Waiting" });
    this.#become({ results, running: true });
    const left = [...ids];
    const work = async (): Promise<void> => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) await this.#signOne(id, said);
    };
    await Promise.all(Array.from({ length: LIST.bulkAtOnce }, work));
    this.#become({ running: false });
  }

  /** Sends nothing more; what is on its way arrives. */
  stop = (): void => {
    this.#stopped = true;
    this.#goOn();
  };

  async #signOne(id: string, said: Said): Promise<void> {
    let again = true;
    while (again) {
      await this.#pausing;
      const picked = this.selection.state().picked.get(id);
      if (picked === undefined || picked.out !== undefined) {
        return this.#result(id, "refused", `Not sent. ${picked?.out ?? ""}`.trim());
      }
      if (this.#stopped) {
        return picked.attempt === null
          ? this.#result(id, "unsent", "Stopped: not sent.")
          : this.#result(id, "unknown", NO_ANSWER.words);
      }
      again = await this.#send(id, picked.seen.revision, said);
    }
  }

  /** @returns whether the server wants it sent again a while later */
  async #send(id: string, revision: number, { choice, comment }: Said): Promise<boolean> {
    const input = decisionInput(id, revision, { choice, comment, edit: null, attempt: null });
    if (input === undefined) throw new Error("a decision without an edit is always whole");
    const before = this.selection.state().picked.get(id)?.attempt ?? null;
    const attempt = attemptOf(input, before);
    this.selection.attempt(id, attempt);
    this.#result(id, "sending", "Signing …");
    const result = await this.client
      .mutation(DecideDocument, { input: { ...input, idempotencyKey: attempt.key } })
      .toPromise();
    const answer = answerOf(result);
    if ("signed" in answer) {
      this.selection.signed(id);
      this.#result(id, "signed", signedWords(answer.signed));
      return false;
    }
    const { refusal, over } = answer;
    const pause = pauseOf(result.error);
    if (pause !== undefined) {
      // It was not looked at, so nothing more is uncertain than was before.
      this.selection.attempt(id, before);
      this.#result(id, "waiting", "Waiting");
      this.#pause(pause);
      return true;
    }
    if (refusal.signIn) this.#stopped = true;
    if (refusal.retry) {
      if (over) this.selection.attempt(id, null);
      this.#result(id, "unknown", refusal.words);
    } else {
      this.selection.takeOut(id, refusal.words);
      this.#result(id, "refused", refusal.words);
    }
    return false;
  }

  /** Holds everything that is still to be sent: the limit is of the person, not of the ticket. */
  #pause(seconds: number): void {
    this.#pausing ??= new Promise((resolve) => {
      this.#become({ pause: seconds });
      const end = (): void => {
        clearTimeout(timer);
        this.#pausing = undefined;
        this.#become({ pause: undefined });
        resolve();
      };
      const timer = setTimeout(end, seconds * 1_000);
      this.#goOn = end;
    });
  }

  #result(id: string, state: Result["state"], words: string): void {
    this.#become({ results: new Map(this.#state.results).set(id, { state, words }) });
  }

  #become(change: Partial<SigningState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function signedWords(ticket: Signed): string {
  const { decision, approvalsRequired } = ticket;
  return decision.status === "PENDING"
    ? `${approvalsOf(ticket)} of ${approvalsRequired} approvals`
    : STATUS_WORDS[decision.status];
}

/** For how many seconds the server asks to wait; undefined where that is not what it says. */
function pauseOf(error: CombinedError | undefined): number | undefined {
  const response = error?.response as Response | undefined;
  const limited = error?.graphQLErrors.find(({ extensions }) => extensions["code"] === "RATE_LIMITED");
  if (limited === undefined && response?.status !== 429) return undefined;
  const seconds = Number(limited?.extensions["retryAfter"] ?? response?.headers.get("retry-after"));
  if (!Number.isFinite(seconds) || seconds <= 0) return PAUSE_SECONDS.usual;
  return Math.min(Math.ceil(seconds), PAUSE_SECONDS.longest);
}
