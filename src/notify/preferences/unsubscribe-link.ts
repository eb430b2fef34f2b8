import type { JwsSigner, JwsVerifier } from "../../ledger/receipt.js";

/** The `typ` of an unsubscribe link's header: none of the other statements that the keys sign can pass for one. */
export const UNSUBSCRIBE_TYP = "countersign-unsubscribe+jws";

/** Where the links lead: what follows is the token. */
export const UNSUBSCRIBE_PATH = "/unsubscribe";

/** Whom a link in a mail speaks for, and about what. */
export interface LinkHolder {
  readonly workspaceId: string;
  readonly principalId: string;
  /** Null for all mail: the link of a digest, which is about several queues. */
  readonly queue: string | null;
}

interface Payload {
  readonly v: 1;
  readonly workspace: string;
  readonly principal: string;
  readonly queue: string | null;
}

/**
 * The address that goes into a mail, for its text and for List-Unsubscribe (RFC 2369, and RFC 8058 in one click). It has no
 * end, since mails are kept; and works with retired keys too, since all that it can do is to switch its holder's mail off. Taking
 * that back needs what the page hands out for an hour (undo-token.ts).
 * @param base where people reach the server, without a trailing slash
 */
export function unsubscribeUrl(
  keys: JwsSigner,
  base: string,
  { workspaceId, principalId, queue }: LinkHolder,
): string {
  const payload: Payload = { v: 1, workspace: workspaceId, principal: principalId, queue };
  return `${base}${UNSUBSCRIBE_PATH}/${keys.sign(UNSUBSCRIBE_TYP, payload)}`;
}

/** Whom a link's token speaks for; undefined where it is none of ours. */
export function openUnsubscribe(keys: JwsVerifier, token: unknown): LinkHolder | undefined {
  const opened = keys.verify(UNSUBSCRIBE_TYP, token);
  if ("problem" in opened) return undefined;
  // Signed by `unsubscribeUrl` alone.
  const { workspace, principal, queue } = JSON.parse(opened.payload) as Payload;
  return { workspaceId: workspace, principalId: principal, queue };
}
