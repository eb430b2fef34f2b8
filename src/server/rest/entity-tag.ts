import { hash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Gives an answer its ETag (RFC 9110, 8.8.3), a strong one: it is made of the answer's text, so that it changes whenever that does. Who has
 * that text already is told so with 304, instead of it.
 */
export async function tagAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): Promise<unknown> {
  if (reply.statusCode !== 200 || typeof body !== "string") return body;
  const tag = `"${hash("sha256", body, "base64url").slice(0, 32)}"`;
  reply.header("etag", tag);
  if (!names(request.headers["if-none-match"], tag)) return body;
  reply.code(304).removeHeader("content-type");
  return "";
}

/** Whether an If-None-Match header names the tag: compared weakly, as that header is (RFC 9110, 13.1.2). */
function names(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((one) => {
    const given = one.trim().replace(/^W\//, "");
    return given === "*" || given === tag;
  });
}
