import { CallScope } from "./call-scope.js";
import { ConnectionError, type CountersignError, errorFromGraphQL, errorOf } from "./countersign-error.js";
import type { Authorization } from "./credential.js";
import {
  delayAfter,
  isTransient,
  orAborted,
  pause,
  type RetryNotice,
  type RetryPolicy,
} from "./retry-policy.js";
import type { TypedDocument } from "./typed-document.js";

export interface GraphQLHttpOptions {
  readonly url: string;
  readonly authorization: Authorization;
  readonly retry: RetryPolicy;
  /** Milliseconds that one try may take. */
  readonly requestTimeoutMs: number;
  readonly onRetry: (notice: RetryNotice) => void;
}

/** Codes for answers that some proxy gave in the server's place. */
const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  429: "RATE_LIMITED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "UNAVAILABLE",
};

/** Queries and mutations over HTTP (https://graphql.github.io/graphql-over-http/draft/). */
export class GraphQLHttp {
  readonly #options: GraphQLHttpOptions;

  constructor(options: GraphQLHttpOptions) {
    this.#options = options;
  }

  /**
   * The answer's data. What fails for a passing reason is sent again, byte by byte the same, so an idempotency key in
   * the variables makes that harmless.
   *
   * @throws CountersignError
   */
  async execute<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ): Promise<Data> {
    const body = encode(document, variables);
    const { retry, onRetry } = this.#options;
    for (let failures = 1; ; failures++) {
      try {
        return (await this.#attempt(body, signal)) as Data;
      } catch (error) {
        signal.throwIfAborted();
        if (!isTransient(error) || failures >= retry.attempts) throw error;
        const delayMs = delayAfter(error, failures, retry);
        onRetry({ error, failures, delayMs });
        await pause(delayMs, signal);
      }
    }
  }

  async #attempt(body: string, signal: AbortSignal): Promise<unknown> {
    const { url, requestTimeoutMs } = this.#options;
    const scope = new CallScope({ signal, timeoutMs: requestTimeoutMs });
    try {
      const authorization = await orAborted(this.#options.authorization(), signal);
      const response = await reachable(url, scope.signal, () =>
        fetch(url, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            accept: "application/graphql-response+json, application/json;q=0.9",
            authorization,
          },
          body,
          signal: scope.signal,
          // A redirected POST loses its method, its body or its credential.
          redirect: "manual",
          credentials: "omit",
        }),
      );
      const text = await reachable(url, scope.signal, () => response.text());
      return dataOf(url, response, text);
    } finally {
      scope.end();
    }
  }
}

/** @throws ConnectionError with the failure as its cause; a try that took too long is a failure like any other */
async function reachable<T>(url: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    const reason = cause instanceof Error ? `: ${innermost(cause).message}` : "";
    throw new ConnectionError(`No answer from ${url}${reason}`, { cause });
  }
}

/** fetch says "fetch failed" and hides why in the cause. */
function innermost(error: Error): Error {
  return error.cause instanceof Error && error.cause.message !== "" ? innermost(error.cause) : error;
}

function dataOf(url: string, response: Response, text: string): unknown {
  const answer = parseObject(text);
  const errors = answer?.errors;
  if (Array.isArray(errors) && errors.length > 0) {
    return raise(errorFromGraphQL(errors[0]), response);
  }
  if (isObject(answer?.data)) return answer.data;
  const code = CODE_BY_STATUS[response.status];
  if (code !== undefined) {
    return raise(errorOf(code, `${url} answered with HTTP status ${response.status}.`), response);
  }
  const redirected = response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400);
  const what = redirected ? "a redirect, which is not followed" : `HTTP status ${response.status}`;
  return raise(
    errorOf("BAD_RESPONSE", `${url} answered with ${what}, not with GraphQL. Check coreUrl.`),
    response,
  );
}

/** Throws the error, with what the Retry-After header says where the body does not say it. */
function raise(error: CountersignError, response: Response): never {
  const seconds = parseRetryAfter(response.headers.get("retry-after"));
  if (seconds !== undefined) error.details.retryAfter ??= seconds;
  throw error;
}

/** Seconds, from either form of the header (RFC 9110, 10.2.3). */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws CountersignError BAD_USER_INPUT for what JSON would refuse, or silently turn into something else */
function encode(document: TypedDocument<unknown, never>, variables: unknown): string {
  const refuse = (value: string): never => {
    throw errorOf("BAD_USER_INPUT", `The input holds ${value}, which JSON cannot carry.`);
  };
  try {
    return JSON.stringify(
      { query: document.text, operationName: document.name, variables },
      (_key, value) => {
        if (typeof value === "bigint") return refuse("a bigint");
        return typeof value === "number" && !Number.isFinite(value) ? refuse(String(value)) : value;
      },
    );
  } catch (error) {
    // A cycle, or a toJSON() that failed.
    if (error instanceof TypeError)
      throw errorOf("BAD_USER_INPUT", "The input has no JSON form.", { cause: error });
    throw error;
  }
}
