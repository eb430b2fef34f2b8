/** One line of a Core's log. */
export interface CoreLogEntry {
  readonly service: string;
  readonly level: string;
  readonly message: string;
}

/** What a Core gives for a key. */
export interface CoreToken {
  readonly token: string;
  /** Milliseconds since the epoch; null where the Core does not say. */
  readonly expiresAt: number | null;
  /** What the Core calls whoever holds the key, where it says so. */
  readonly name: string | null;
}

/** What came of asking a Core. `problem` says what the Core did, for people: nothing that it said, nor any secret. */
export type CoreAnswer<Value> =
  | { readonly outcome: "ANSWERED"; readonly status: number; readonly value: Value }
  /** The key or token is not taken. */
  | { readonly outcome: "REFUSED"; readonly status: number; readonly problem: string }
  | {
      readonly outcome: "FAILED";
      readonly problem: string;
      readonly status?: number;
      /** How long the Core asks to be left alone. */
      readonly retryAfterMs?: number;
    };

/** HMS-SYS Core's two duties, as docs/core.md has them on the wire. Neither throws for what the Core does. */
export interface CoreApi {
  /** Names the Core: its URL without a trailing slash. */
  readonly url: string;
  authenticate(apiKey: string, signal?: AbortSignal): Promise<CoreAnswer<CoreToken>>;
  logEvent(token: string, entry: CoreLogEntry, signal?: AbortSignal): Promise<CoreAnswer<undefined>>;
}

export interface CoreApiOptions {
  /** As the operator's settings have it: whom it leads to is not questioned. */
  readonly url: string;
  /** For each request, up to the answer's last byte. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** No answer of a Core is longer; what is longer is not read. */
const ANSWER_BYTES = 64 * 1024;
const TOKEN_LENGTH = 8_192;
/** What is asked for as a pause beyond that is cut. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;
/** A Core may well answer 400 to a text that is no key of its kind. */
const KEY_REFUSED = [400, 401, 403];
const TOKEN_REFUSED = [401, 403];

/** The one place that knows the Core's wire format. */
export function createCoreApi({ url, timeoutMs, now = Date.now }: CoreApiOptions): CoreApi {
  const base = url.replace(/\/+$/, "");

  async function post(
    path: string,
    body: object,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Received> {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(`${base}${path}`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify(body),
        // Credentials go where the operator said, and nowhere else.
        redirect: "manual",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const { status } = response;
      const retryAfterMs = pauseAsked(response.headers.get("retry-after"), now());
      return { status, retryAfterMs, text: await bounded(response).catch(() => undefined) };
    } catch (error) {
      if (signal?.aborted === true) return { problem: "the attempt was cut off" };
      if (timeout.aborted) return { problem: `no answer within ${timeoutMs} ms` };
      return { problem: `no connection${causeOf(error)}` };
    }
  }

  return {
    url: base,
    async authenticate(apiKey, signal) {
      const received = await post("/auth/token", { apiKey }, {}, signal);
      const answer = judged(received, KEY_REFUSED);
      if (answer.outcome !== "ANSWERED") return answer;
      const value = readToken(answer.value, now());
      if (value !== undefined) return { ...answer, value };
      const { status } = answer;
      return { outcome: "FAILED", status, problem: "its answer holds no token" };
    },
    async logEvent(token, { service, level, message }, signal) {
      const headers = { authorization: `Bearer ${token}` };
      const received = await post("/events", { service, level, message }, headers, signal);
      const answer = judged(received, TOKEN_REFUSED);
      return answer.outcome === "ANSWERED" ? { ...answer, value: undefined } : answer;
    },
  };
}

type Received =
  | { readonly problem: string }
  | {
      readonly status: number;
      readonly retryAfterMs: number | undefined;
      /** Undefined where it was too long, or never came to its end. */
      readonly text: string | undefined;
    };

function judged(received: Received, refused: readonly number[]): CoreAnswer<string | undefined> {
  if ("problem" in received) return { outcome: "FAILED", problem: received.problem };
  const { status, retryAfterMs, text } = received;
  if (status >= 200 && status < 300) return { outcome: "ANSWERED", status, value: text };
  const problem = `it answered with status ${status}`;
  if (refused.includes(status)) return { outcome: "REFUSED", status, problem };
  return { outcome: "FAILED", status, problem, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** @throws Error where it is too long, or breaks */
async function bounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > ANSWER_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `{"token": "…", "expiresIn": 900, "name": "…"}`; undefined for anything else. */
function readToken(text: string | undefined, now: number): CoreToken | undefined {
  const { token, expiresIn, name } = jsonObject(text);
  if (typeof token !== "string" || token.length > TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token))
    return undefined;
  if (expiresIn !== undefined && !(typeof expiresIn === "number" && expiresIn >= 1)) return undefined;
  return {
    token,
    expiresAt: expiresIn === undefined ? null : now + expiresIn * 1_000,
    name: typeof name === "string" ? name : null,
  };
}

function jsonObject(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Retry-After (RFC 9110, 10.2.3), in seconds or as a date. */
function pauseAsked(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_PAUSE_MS) : undefined;
}

/** The system's word for it (ECONNREFUSED), which names neither side. */
function causeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === "string" ? ` (${cause.code})` : "";
}
