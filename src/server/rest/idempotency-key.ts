import type { FastifyReply } from "fastify";
import { badInput } from "../../domain/domain-error.js";

/** What a header can say without anybody reading it differently: visible ASCII, with blanks inside (RFC 9110, 5.5). */
const VISIBLE = /^[\x20-\x7e]*$/;

/**
 * The idempotency key of a request, as the mutations take it.
 * @throws DomainError BAD_USER_INPUT
 */
export function idempotencyKeyOf(headers: {
  readonly "idempotency-key"?: string | undefined;
}): string | null {
  const key = headers["idempotency-key"];
  if (key !== undefined && !VISIBLE.test(key))
    throw badInput("Idempotency-Key", "Idempotency-Key must consist of visible ASCII characters.");
  return key ?? null;
}

/** Says that nothing was done this time. */
export function markReplay(reply: FastifyReply, { replayed }: { readonly replayed: boolean }): void {
  if (replayed) reply.header("idempotent-replayed", "true");
}
