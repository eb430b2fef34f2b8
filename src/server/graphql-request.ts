import type { FastifyRequest } from "fastify";
import type { OperationPayload } from "../graphql/operation.js";
import { HttpProblem } from "./http-problem.js";

/** Media types of a GraphQL answer; the first is given to who does not mind. */
export const MEDIA_TYPES = ["application/json", "application/graphql-response+json"] as const;

/** One of {@link MEDIA_TYPES}. */
export type MediaType = (typeof MEDIA_TYPES)[number];

/** Fields that a browser sends across origins only after it has asked (as Apollo's clients know them). */
const PREFLIGHTED = ["apollo-require-preflight", "x-apollo-operation-name"];

/**
 * The operation in an HTTP request, by the GraphQL over HTTP specification. Whether it can be run is another question.
 * @throws HttpProblem where the request as such is wrong
 */
export function graphqlRequest(request: FastifyRequest): OperationPayload {
  const { method, body } = request;
  if (method === "GET") return fromUrl(request);
  if (Array.isArray(body))
    throw new HttpProblem(400, "Batches are not accepted: send one operation in each request.");
  if (typeof body !== "object" || body === null)
    throw new HttpProblem(400, 'The body must be a JSON object such as {"query": "{ __typename }"}.');
  const { query, operationName, variables, extensions } = body as Readonly<Record<string, unknown>>;
  checkExtensions(extensions);
  if (query === undefined && extensions !== undefined && isPersisted(extensions)) throw persisted();
  return { query, operationName, variables };
}

function fromUrl({ url }: FastifyRequest): OperationPayload {
  const asked = new URLSearchParams(url.split("?").slice(1).join("?"));
  const once = (name: string): string | undefined => {
    const values = asked.getAll(name);
    if (values.length > 1) throw new HttpProblem(400, `${name} may be given only once.`);
    return values[0];
  };
  const variables = jsonOf(once("variables"), "variables");
  const extensions = jsonOf(once("extensions"), "extensions");
  checkExtensions(extensions);
  const query = once("query");
  if (query === undefined && isPersisted(extensions)) throw persisted();
  return { query, operationName: once("operationName"), variables };
}

function jsonOf(text: string | undefined, name: string): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, `${name} must be JSON.`);
  }
}

function checkExtensions(extensions: unknown): void {
  if (extensions === undefined || extensions === null) return;
  if (typeof extensions !== "object" || Array.isArray(extensions))
    throw new HttpProblem(400, "extensions must be an object.");
}

function isPersisted(extensions: unknown): boolean {
  return typeof extensions === "object" && extensions !== null && "persistedQuery" in extensions;
}

function persisted(): HttpProblem {
  return new HttpProblem(400, "Persisted queries are not known here: send the query itself.");
}

/**
 * Whether a page of another origin could have made a browser send this without asking first: then its answer, and what
 * it leaves on record, would be that page's doing. A JSON body already says that it could not.
 */
export function needsNoPreflight({ method, headers }: FastifyRequest): boolean {
  if (PREFLIGHTED.some((name) => headers[name] !== undefined)) return false;
  return method === "GET" && !/^application\/(?:json|graphql)\b/i.test(headers["content-type"] ?? "");
}

/**
 * The media type that the client likes best (RFC 9110, 12.5.1).
 * @returns undefined where it takes none of them
 */
export function acceptedMediaType(accept: string | undefined): MediaType | undefined {
  if (accept === undefined || accept.trim() === "") return MEDIA_TYPES[0];
  const ranges = accept.split(",", 50).map(rangeOf);
  let best: { readonly type: MediaType; readonly weight: number } | undefined;
  for (const type of MEDIA_TYPES) {
    const weight = weightOf(type, ranges);
    if (weight > (best?.weight ?? 0)) best = { type, weight };
  }
  return best?.type;
}

interface MediaRange {
  readonly range: string;
  readonly weight: number;
}

function rangeOf(text: string): MediaRange {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const weight = quality === undefined ? 1 : Number(quality);
  return { range, weight: Number.isFinite(weight) ? weight : 0 };
}

/** The most specific range decides. */
function weightOf(type: MediaType, ranges: readonly MediaRange[]): number {
  for (const wanted of [type, "application/*", "*/*"]) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found !== undefined) return found.weight;
  }
  return 0;
}
