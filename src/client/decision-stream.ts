import type { DecisionsOptions, SettledDecision } from "./api-types.js";
import type { CallScope, CallScopes } from "./call-scope.js";
import { ClientClosedError, CountersignError } from "./countersign-error.js";
import { fieldOf, settledDecision } from "./decision-of.js";
import { type FollowOptions, follow } from "./follow.js";
import { TicketDecidedDocument, type TicketDecidedSubscription } from "./generated.js";
import type { LiveConnection } from "./live-connection.js";
import { orAborted } from "./retry-policy.js";

export interface StreamParts {
  readonly scopes: CallScopes;
  readonly live: LiveConnection;
  readonly follow: FollowOptions;
  /** Where to begin; asked for once, at once. */
  readonly start: () => Promise<string>;
}

const DEFAULT_BUFFER_SIZE = 100;
/** Cursors remembered to drop what is delivered twice, as at-least-once delivery may. */
const REMEMBERED_CURSORS = 1_000;

/**
 * Decisions in ledger order, each once, over any number of broken connections and server restarts. It subscribes with the
 * first next(), ends with return() (as `break` in a `for await` calls it) or with the client's close(), and throws where the
 * server refuses or the signal is aborted.
 */
export class DecisionStream implements AsyncIterableIterator<SettledDecision> {
  readonly #parts: StreamParts;
  readonly #options: DecisionsOptions;
  readonly #bufferSize: number;
  readonly #start: Promise<string>;
  readonly #buffer: SettledDecision[] = [];
  readonly #seen = new Set<string>();
  #scope: CallScope | undefined;
  #received: string | undefined;
  #delivered: string | undefined;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;
  #turn: Promise<unknown> = Promise.resolve();
  #wakeReader = (): void => undefined;
  #wakeWriter = (): void => undefined;

  /** @throws CountersignError BAD_USER_INPUT */
  constructor(parts: StreamParts, options: DecisionsOptions) {
    const { bufferSize = DEFAULT_BUFFER_SIZE } = options;
    if (!Number.isInteger(bufferSize) || bufferSize < 1) {
      const message = "bufferSize must be an integer of 1 or more.";
      throw new CountersignError("BAD_USER_INPUT", message, { details: { field: "bufferSize" } });
    }
    this.#parts = parts;
    this.#options = options;
    this.#bufferSize = bufferSize;
    this.#delivered = options.after;
    this.#start = parts.start();
    // The first next() hears of a failure; this is for a stream that nobody reads.
    this.#start.catch(() => undefined);
  }

  /** What to hand to decisions() as `after` to go on behind what was read here; undefined before anything is known. */
  get cursor(): string | undefined {
    return this.#delivered;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Calls that overlap are answered in turn. */
  next(): Promise<IteratorResult<SettledDecision, undefined>> {
    const answer = this.#turn.then(() => this.#take());
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  return(): Promise<IteratorResult<SettledDecision, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #take(): Promise<IteratorResult<SettledDecision, undefined>> {
    if (!this.#ended && this.#scope === undefined) this.#begin();
    for (;;) {
      const decision = this.#buffer.shift();
      if (decision !== undefined) {
        this.#delivered = decision.cursor;
        if (this.#buffer.length <= this.#bufferSize / 2) this.#wakeWriter();
        return { done: false, value: decision };
      }
      if (this.#failure !== undefined) {
        const { error } = this.#failure;
        this.#failure = undefined;
        this.#end();
        throw error;
      }
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }

  #begin(): void {
    try {
      this.#scope = this.#parts.scopes.open({ signal: this.#options.signal });
    } catch (error) {
      this.#failure = { error };
      return;
    }
    const { signal } = this.#scope;
    const onAbort = (): void => {
      // What was held for the reader counts as not delivered: resuming from `cursor` brings it again.
      this.#buffer.length = 0;
      this.#fail(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#run(signal).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    if (error instanceof ClientClosedError) {
      this.#end();
      return;
    }
    this.#failure = { error };
    if (this.#scope !== undefined) this.#parts.scopes.end(this.#scope);
    this.#wakeReader();
  }

  async #run(signal: AbortSignal): Promise<never> {
    this.#received = await orAborted(this.#start, signal);
    this.#delivered ??= this.#received;
    const { live, follow: followOptions } = this.#parts;
    const follower = {
      document: TicketDecidedDocument,
      variables: () => ({ queue: this.#options.queue, after: this.#received }),
      next: (data: TicketDecidedSubscription) => this.#receive(data),
    };
    for (let reached = false; ; reached = true) {
      await follow(live, follower, { ...followOptions, reached }, signal);
      await orAborted(this.#roomAgain(), signal);
    }
  }

  /** "full" ends the subscription until there is room again. */
  #receive(data: TicketDecidedSubscription): "full" | undefined {
    const decision = settledDecision(fieldOf(data, "ticketDecided"));
    if (decision === undefined || this.#seen.has(decision.cursor)) return undefined;
    this.#remember(decision.cursor);
    this.#received = decision.cursor;
    this.#buffer.push(decision);
    this.#wakeReader();
    return this.#buffer.length >= this.#bufferSize ? "full" : undefined;
  }

  #remember(cursor: string): void {
    this.#seen.add(cursor);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED_CURSORS && oldest !== undefined) this.#seen.delete(oldest);
  }

  async #roomAgain(): Promise<void> {
    while (this.#buffer.length > this.#bufferSize / 2) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  #end(): void {
    this.#ended = true;
    this.#buffer.length = 0;
    if (this.#scope !== undefined) {
      // Only silences the subscription: nobody hears this reason.
      this.#scope.abort(new ClientClosedError());
      this.#parts.scopes.end(this.#scope);
    }
    this.#wakeReader();
  }
}
