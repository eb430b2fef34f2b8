import { Agent, request } from "node:http";
import type { GqlAnswer, GqlError } from "./graphql-client.js";

/** The connection broke before the answer was whole: whether the request was carried out is not known. */
export class AnswerLost extends Error {
  override readonly name = "AnswerLost";
}

const TIMEOUT_MS = 120_000;

/** Sends operations over kept-alive connections. */
export class LoadHttp {
  readonly #agent: Agent;

  /** @param connections at most so many; as many as there are requests at once unless told */
  constructor(connections = Number.POSITIVE_INFINITY) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: "lifo" });
  }

  /**
   * @param hangUp when the client no longer waits
   * @throws AnswerLost where no whole answer came
   */
  async post<Data = Record<string, unknown>>(
    url: string,
    key: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    hangUp?: AbortSignal,
  ): Promise<GqlAnswer<Data>> {
    const { status, text } = await this.#send(url, key, JSON.stringify({ query, variables }), hangUp);
    const body = JSON.parse(text) as { data?: Data | null; errors?: GqlError[] };
    const errors = body.errors ?? [];
    return { status, data: body.data, errors, code: errors[0]?.extensions.code };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(
    url: string,
    key: string,
    body: string,
    hangUp: AbortSignal | undefined,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const lost = (cause?: unknown) => reject(new AnswerLost("the answer was lost", { cause }));
      const sent = request(
        `${url}/graphql`,
        {
          method: "POST",
          agent: this.#agent,
          timeout: TIMEOUT_MS,
          ...(hangUp === undefined ? {} : { signal: hangUp }),
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            authorization: `Bearer ${key}`,
          },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => {
            text += part;
          });
          response.once("end", () => {
            if (response.complete) resolve({ status: response.statusCode ?? 0, text });
            else lost();
          });
          response.once("error", lost);
        },
      );
      sent.once("error", lost);
      sent.once("timeout", () => {
        reject(new Error(`no answer within ${TIMEOUT_MS} ms`));
        sent.destroy();
      });
      sent.end(body);
    });
  }
}
