import type { FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import { DomainError } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";

/** Something that is wrong with an HTTP request as such; code BAD_REQUEST unless it has one of its own. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";

  constructor(
    readonly statusCode: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** An error as it is answered outside of a GraphQL result. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the client is told about an error, of whatever kind; undefined where that is nothing but that there was one. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof DomainError) {
    const { retryAfter } = error.details;
    return {
      status: ERROR_TABLE[error.code].httpStatus,
      code: error.code,
      message: error.message,
      details: error.details,
      headers: {
        ...(typeof retryAfter === "number" ? { "retry-after": String(retryAfter) } : {}),
        ...(error.code === "UNAUTHENTICATED" ? { "www-authenticate": 'Bearer realm="countersign"' } : {}),
      },
    };
  }
  if (error instanceof HttpProblem) {
    const { statusCode: status, message, headers } = error;
    return { status, code: "BAD_REQUEST", message, details: {}, headers };
  }
  // Fastify's own refusals; its texts may repeat what was sent, so they are replaced.
  const status = statusOf(error);
  if (status === undefined || status >= 500) return undefined;
  return { status, code: "BAD_REQUEST", message: SAYS[status] ?? OTHERWISE, details: {}, headers: {} };
}

/** The HTTP status of an answer that consists of this error of an operation. */
export function httpStatusOf(error: GraphQLError | undefined): number {
  const cause = error?.originalError;
  if (cause instanceof DomainError) return ERROR_TABLE[cause.code].httpStatus;
  const http: unknown = error?.extensions.http;
  const status = typeof http === "object" && http !== null && "status" in http ? http.status : undefined;
  return typeof status === "number" ? status : 400;
}

/** The body of an answer that consists of one error. */
export function problemBody(
  problem: Pick<Problem, "code" | "message" | "details">,
  requestId: string,
): string {
  const { code, message, details } = problem;
  return JSON.stringify({ errors: [{ message, extensions: { ...details, code, requestId } }] });
}

/** Answers with one error, as JSON. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  mediaType = "application/json",
): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, "cache-control": "no-store" })
    .type(`${mediaType}; charset=utf-8`)
    .send(problemBody(problem, request.id));
}

/** What is told of an error that is nobody's business. */
export const INTERNAL_PROBLEM: Problem = {
  status: 500,
  code: "INTERNAL_SERVER_ERROR",
  message: "Internal error",
  details: {},
  headers: {},
};

const OTHERWISE = "This request cannot be read.";

const SAYS: Readonly<Record<number, string>> = {
  400: "The body is not JSON, or not what its headers say.",
  404: "There is nothing here.",
  408: "The request took too long to arrive.",
  413: "The body is too large: there may be 1 MiB of it.",
  414: "The URL is too long.",
  415: "The body must be JSON: send `Content-Type: application/json`.",
  431: "The header is too large.",
};

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}
