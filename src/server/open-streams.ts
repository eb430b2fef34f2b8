import type { Credential } from "../identity/credential.js";

/** Why a stream is ended by the server. */
export type EndReason = "SLOW_CONSUMER" | "CREDENTIAL_ENDED" | "DEAD_PEER";

/** A long-lived connection that pushes: a WebSocket or an event stream. */
export interface OpenStream {
  /** Undefined until it has authenticated. */
  readonly credential: Credential | undefined;
  /** Since when something that was written waits for the peer, milliseconds since the epoch; undefined where nothing does. */
  readonly stalledSince: number | undefined;
  /** Bytes that wait for the peer. */
  readonly pendingBytes: number;
  /** Asks the peer for a sign of life; false where it has not answered the last time. */
  ping(): boolean;
  end(reason: EndReason): void;
}

/** What the registry watches over. */
export interface OpenStreamsOptions {
  readonly stillValid: (credentials: Iterable<Credential>) => Promise<ReadonlySet<Credential>>;
  readonly pingMs: number;
  readonly slowConsumerMs: number;
  readonly slowConsumerBytes: number;
  readonly onError: (error: unknown) => void;
}

const SWEEP_MS = 1_000;
/** A revoked or expired credential ends its streams within five seconds; looking this often leaves room for the work. */
const LEASE_MS = { few: 1_000, many: 2_000 } as const;
/** Streams from which on looking costs more than the second is worth. */
const MANY = 2_000;

/**
 * Every open stream of this process, swept by one timer: so that waiting costs no timer each. A stream is a lease: it
 * ends with its credential. One that does not read is ended too, since resuming from a cursor makes that safe.
 */
export class OpenStreams {
  readonly #streams = new Set<OpenStream>();
  readonly #timer: NodeJS.Timeout;
  #checking = false;
  #lastLeaseCheck = 0;
  #sweeps = 0;

  constructor(private readonly options: OpenStreamsOptions) {
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.#timer.unref();
  }

  get size(): number {
    return this.#streams.size;
  }

  add(stream: OpenStream): void {
    this.#streams.add(stream);
  }

  remove(stream: OpenStream): void {
    this.#streams.delete(stream);
  }

  /** Looks at every stream once; the timer calls this. */
  sweep(): void {
    const now = Date.now();
    const turns = Math.max(1, Math.round(this.options.pingMs / SWEEP_MS));
    this.#sweeps += 1;
    let index = 0;
    for (const stream of [...this.#streams]) {
      index += 1;
      const stalled =
        stream.stalledSince !== undefined && now - stream.stalledSince > this.options.slowConsumerMs;
      if (stalled || stream.pendingBytes > this.options.slowConsumerBytes) stream.end("SLOW_CONSUMER");
      // Each sweep pings its share, so that ten thousand pings do not go out in one turn.
      else if (index % turns === this.#sweeps % turns && !stream.ping()) stream.end("DEAD_PEER");
    }
    if (now - this.#lastLeaseCheck >= (this.#streams.size > MANY ? LEASE_MS.many : LEASE_MS.few)) {
      this.#lastLeaseCheck = now;
      void this.#checkLeases();
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #checkLeases(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      // Expiry needs no database, so that it holds also while there is none.
      const now = Date.now();
      const held = new Set<Credential>();
      for (const stream of [...this.#streams]) {
        const { credential } = stream;
        if (credential === undefined) continue;
        if (credential.expiresAt !== null && credential.expiresAt <= now) stream.end("CREDENTIAL_ENDED");
        else held.add(credential);
      }
      if (held.size === 0) return;
      const valid = await this.options.stillValid(held);
      for (const stream of [...this.#streams]) {
        const { credential } = stream;
        if (credential !== undefined && held.has(credential) && !valid.has(credential))
          stream.end("CREDENTIAL_ENDED");
      }
    } catch (error) {
      // The database is away: nothing can be revoked there either, and the next sweep asks again.
      this.options.onError(error);
    } finally {
      this.#checking = false;
    }
  }
}
