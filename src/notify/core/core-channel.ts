import { type CoreAnswer, type CoreToken, createCoreApi } from "../../identity/core-api.js";
import type { Attempt } from "../attempt.js";
import type { News } from "../news.js";
import { coreMessage } from "./core-message.js";

/** The name under which Countersign logs, as in the chapter. */
const SERVICE = "hitl-service";
const LEVEL = "INFO";
/** A token is not used in its last seconds: the Core's clock is another one. */
const MARGIN = { share: 0.2, most: 30_000 } as const;
/** How long a token is used where the Core does not say how long it lasts. */
const UNTOLD_MS = 5 * 60_000;
/** Statuses that are about the entry itself: it would not be taken later either. Whatever else it is, the operator can mend it. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 422]);

export interface CoreChannelOptions {
  /** CORE_URL. */
  readonly url: string;
  /** CORE_API_KEY. */
  readonly apiKey: string;
  /** For each request. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** Forwards the steps of the work to a Core's log. */
export interface CoreChannel {
  /** Never throws for what the Core does. */
  deliver(news: News, signal: AbortSignal): Promise<Attempt>;
}

interface HeldToken {
  readonly token: string;
  readonly until: number;
}

export function createCoreChannel(options: CoreChannelOptions): CoreChannel {
  const { apiKey, now = Date.now } = options;
  const core = createCoreApi(options);
  let held: HeldToken | undefined;
  let asking: Promise<CoreAnswer<CoreToken>> | undefined;

  /** A token, or why there is none. Those who ask at once share one request. */
  async function token(signal: AbortSignal): Promise<HeldToken | Attempt> {
    if (held !== undefined && now() < held.until) return held;
    asking ??= core.authenticate(apiKey, signal).finally(() => {
      asking = undefined;
    });
    const answer = await asking;
    if (answer.outcome === "ANSWERED") {
      held = { token: answer.value.token, until: usedUntil(answer.value.expiresAt, now()) };
      return held;
    }
    // Whatever it is, it is not about this event: what waits goes out once the operator, or the Core, has put it right.
    if (answer.outcome === "REFUSED") return refused("CORE_API_KEY", answer.status);
    return { ...answer, outcome: "RETRY", problem: `no token from the Core: ${answer.problem}` };
  }

  return {
    async deliver(news, signal) {
      const entry = { service: SERVICE, level: LEVEL, message: coreMessage(news) };
      for (let renewed = false; ; renewed = true) {
        const having = await token(signal);
        if ("outcome" in having) return having;
        const answer = await core.logEvent(having.token, entry, signal);
        if (answer.outcome !== "REFUSED") return attemptOf(answer);
        // Another delivery may have renewed it already.
        if (held === having) held = undefined;
        if (renewed || answer.status !== 401) return refused("the token of CORE_API_KEY", answer.status);
      }
    },
  };
}

function usedUntil(expiresAt: number | null, now: number): number {
  if (expiresAt === null) return now + UNTOLD_MS;
  return expiresAt - Math.min(MARGIN.most, (expiresAt - now) * MARGIN.share);
}

function refused(what: string, status: number): Attempt {
  return { outcome: "RETRY", status, problem: `the Core does not take ${what} (status ${status})` };
}

function attemptOf(answer: Exclude<CoreAnswer<undefined>, { readonly outcome: "REFUSED" }>): Attempt {
  const { outcome, status } = answer;
  if (outcome === "ANSWERED") return { outcome: "DELIVERED", status: answer.status };
  const isFinal = status !== undefined && FINAL.has(status);
  const problem = `the Core: ${answer.problem}`;
  return isFinal ? { outcome: "DEAD", status, problem } : { ...answer, outcome: "RETRY", problem };
}
