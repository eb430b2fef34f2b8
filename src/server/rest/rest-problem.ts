import type { FastifyReply, FastifyRequest } from "fastify";
import { PROBLEM_MEDIA_TYPE, problemDetails } from "../../domain/problem-details.js";
import type { Problem } from "../http-problem.js";

/** Answers with one error, as problem details. */
export function sendProblemDetails(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, "cache-control": "no-store" })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problemDetails(problem, request.id)));
}
