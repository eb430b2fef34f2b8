import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { DomainError } from "../domain/domain-error.js";

/** What may be spent a minute; 0 switches a limit off. */
export interface RateLimitsOptions {
  /** Points of each principal. */
  readonly ratePrincipal: number;
  /** Points of each address: one for each request and message, more for what is refused unread. */
  readonly rateAddress: number;
  /** Credentials of each address that do not hold. */
  readonly rateFailures: number;
}

/** Where somebody stands with a limit. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Whole seconds until all of it is there again. */
  readonly resetSeconds: number;
  readonly exceeded: boolean;
  /** Whole seconds after which it is worth another try, where it is exceeded. */
  readonly retrySeconds: number;
}

const WINDOW_SECONDS = 60;
/**
 * What may be spent within a second: five times the share that it has of the minute, and never less than this. A minute's
 * worth at once would keep a server busy for seconds, and everybody else would wait behind it.
 */
const BURST = { share: 12, least: 1_000 } as const;
/** Addresses and principals that are counted one by one in a minute. More of them share what is left: see {@link Limit}. */
const COUNTED_KEYS = 20_000;
const SHARED_KEYS = 1_000;
/** Credentials that are known to have held, and for how long. */
const PROVEN = { max: 50_000, ttl: 15 * 60_000 } as const;

/**
 * What each principal and each address may take of this server, counted in its memory: every server counts for itself.
 */
export class RateLimits {
  readonly #principals: Limit | undefined;
  readonly #addresses: Limit | undefined;
  readonly #failures: Limit | undefined;
  /** Digests of credentials that have held lately. */
  readonly #proven = new LRUCache<string, true>(PROVEN);

  constructor({ ratePrincipal, rateAddress, rateFailures }: RateLimitsOptions) {
    this.#principals = limitOf(ratePrincipal);
    this.#addresses = limitOf(rateAddress);
    this.#failures = limitOf(rateFailures);
  }

  /** Takes that from what the principal has left; undefined where there is no limit. */
  principal(id: string, points: number): Promise<RateState> | undefined {
    return this.#principals?.take(id, points);
  }

  /** Takes that from what the address has left; undefined where there is no limit. */
  address(address: string, points: number): Promise<RateState> | undefined {
    return this.#addresses?.take(address, points);
  }

  /**
   * Runs `prove` on a credential, unless too many that did not hold have come from that address within the minute. Even
   * then those that have held in the last quarter of an hour are looked at, so that a neighbour behind the same address
   * (or who guesses there) locks nobody out who is at work; who comes anew waits until the minute is over, which further
   * guesses do not prolong.
   * @throws DomainError RATE_LIMITED, or whatever `prove` throws; its UNAUTHENTICATED counts as a failure
   */
  async proving<Proven>(address: string, proof: string, prove: () => Promise<Proven>): Promise<Proven> {
    const failures = this.#failures;
    if (failures === undefined) return prove();
    const digest = hash("sha256", proof, "base64");
    const state = await failures.state(address);
    if (state !== undefined && state.remaining === 0 && !this.#proven.has(digest)) {
      throw rateLimited(state, "credentials from this address that do not hold");
    }
    try {
      const proven = await prove();
      this.#proven.set(digest, true);
      return proven;
    } catch (error) {
      if (error instanceof DomainError && error.code === "UNAUTHENTICATED") {
        this.#proven.delete(digest);
        // What once held is no guess.
        if (error.details.reason !== "SESSION_ENDED") await failures.take(address, 1);
      }
      throw error;
    }
  }
}

/** The refusal of who has spent too much. */
export function rateLimited({ limit, retrySeconds }: RateState, what: string): DomainError {
  const retryAfter = Math.max(1, retrySeconds);
  return new DomainError(
    "RATE_LIMITED",
    `Too many ${what}: there may be ${limit} a minute. Try again in ${retryAfter} s.`,
    { retryAfter },
  );
}

/**
 * Header fields of an HTTP answer that say where its sender stands, as in draft-ietf-httpapi-ratelimit-headers-06;
 * Retry-After (RFC 9110, 10.2.3) where it is over.
 */
export function rateHeaders(state: RateState): Record<string, string> {
  const { limit, remaining, resetSeconds, retrySeconds, exceeded } = state;
  return {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(resetSeconds),
    "ratelimit-policy": `${limit};w=${WINDOW_SECONDS}`,
    ...(exceeded ? { "retry-after": String(Math.max(1, retrySeconds)) } : {}),
  };
}

function limitOf(points: number): Limit | undefined {
  return points === 0 ? undefined : new Limit(points);
}

/**
 * One limit, for many keys. Whoever has many addresses must not fill the memory with them: beyond so many keys in a
 * minute, new ones share a thousand counters.
 */
class Limit {
  readonly #minute: RateLimiterMemory;
  readonly #second: RateLimiterMemory;
  readonly #burst: number;
  #counted = new Set<string>();
  #countedSince = Date.now();

  constructor(private readonly points: number) {
    this.#burst = Math.max(BURST.least, Math.ceil(points / BURST.share));
    this.#minute = new RateLimiterMemory({ points, duration: WINDOW_SECONDS, keyPrefix: "" });
    this.#second = new RateLimiterMemory({ points: this.#burst, duration: 1, keyPrefix: "" });
  }

  /** Who asks for more than there is at all gets what there is, once. */
  async take(key: string, points: number): Promise<RateState> {
    const counter = this.#counterOf(key);
    // What is refused for the second's sake takes nothing of the minute.
    const now = await consumed(this.#second, counter, Math.min(points, this.#burst));
    const taken = now.exceeded ? 0 : Math.min(points, this.points);
    const { result, exceeded } = await consumed(this.#minute, counter, taken);
    const state = this.#shown(result, exceeded);
    return now.exceeded && !exceeded ? { ...state, exceeded: true, retrySeconds: 1 } : state;
  }

  /** Where a key stands; undefined where nothing was taken. */
  async state(key: string): Promise<RateState | undefined> {
    const result = await this.#minute.get(this.#counterOf(key));
    return result === null || result.msBeforeNext <= 0 ? undefined : this.#shown(result, false);
  }

  #shown({ msBeforeNext, remainingPoints }: RateLimiterRes, exceeded: boolean): RateState {
    const resetSeconds = Math.ceil(Math.max(0, msBeforeNext) / 1_000);
    const remaining = Math.max(0, remainingPoints);
    return { limit: this.points, remaining, resetSeconds, exceeded, retrySeconds: resetSeconds };
  }

  #counterOf(key: string): string {
    const now = Date.now();
    if (now - this.#countedSince > WINDOW_SECONDS * 1_000) {
      this.#countedSince = now;
      this.#counted = new Set();
    }
    if (this.#counted.has(key)) return key;
    if (this.#counted.size < COUNTED_KEYS) {
      this.#counted.add(key);
      return key;
    }
    return `shared ${Number.parseInt(hash("sha256", key).slice(0, 8), 16) % SHARED_KEYS}`;
  }
}

async function consumed(
  limiter: RateLimiterMemory,
  key: string,
  points: number,
): Promise<{ readonly result: RateLimiterRes; readonly exceeded: boolean }> {
  try {
    return { result: await limiter.consume(key, points), exceeded: false };
  } catch (result) {
    if (result instanceof RateLimiterRes) return { result, exceeded: true };
    throw result;
  }
}
