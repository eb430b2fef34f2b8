import { createHash } from "node:crypto";
import type { MailIds } from "../channels.js";
import type { TicketNews } from "./ticket-news.js";
import { oneLine } from "./visible-text.js";

/** The fields of a mail's head that are about more than its text. */
export interface MailHeaders {
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A delivery has one Message-ID for all its attempts, so that a mail that arrives twice can be known by it. What is about one ticket refers to
 * one identifier that stands for the ticket, so that it is shown together.
 * @param news more than one is a digest
 * @param host of the sender's address
 */
export function mailHeaders(
  news: readonly [TicketNews, ...TicketNews[]],
  { deliveryId, unsubscribeUrl }: MailIds,
  host: string,
): MailHeaders {
  const [first] = news;
  const last = news.at(-1) ?? first;
  const isDigest = news.length > 1;
  const thread = `<${token(first.ticket.id)}@${host}>`;
  const list = isDigest
    ? `<digest.${label(first.workspace.name)}.${host}>`
    : `<${label(first.ticket.queue)}.${label(first.workspace.name)}.${host}>`;
  return {
    messageId: `<${token(deliveryId)}@${host}>`,
    ...(isDigest ? {} : { inReplyTo: thread, references: thread }),
    headers: {
      // RFC 3834: nothing is to answer by itself; the second one is what Exchange asks for.
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "List-Id": list,
      "X-Countersign-Cursor": token(last.cursor),
      "X-Countersign-Event": isDigest ? "DIGEST" : token(last.event.type),
      "X-Countersign-Reason": isDigest ? "DIGEST" : token(last.reason),
      ...(isDigest ? {} : { "X-Countersign-Ticket": token(first.ticket.id) }),
      ...unsubscribing(unsubscribeUrl),
    },
  };
}

/** An http(s) address as it can stand in a header and in a mail; null for anything else. */
export function webAddress(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  // URL has encoded whatever could end a header or the brackets.
  return protocol === "https:" || protocol === "http:" ? href : null;
}

function unsubscribing(url: string | null): Readonly<Record<string, string>> {
  const address = webAddress(url);
  if (address === null) return {};
  const one = { "List-Unsubscribe": `<${address}>` };
  // RFC 8058 wants https; over plain http it would be an invitation to press for others.
  return address.startsWith("https:")
    ? { ...one, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
    : one;
}

/** Identifiers are of these characters already; whatever else came in could end the header. */
function token(text: string): string {
  return text.replace(/[^\w.+/=:~-]/g, "").slice(0, 200);
}

/** A name as a part of a list's identifier (RFC 2919), told apart from others that read alike. */
function label(name: string): string {
  const plain = oneLine(name)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  if (plain === name) return plain;
  const hash = createHash("sha256").update(name, "utf8").digest("hex").slice(0, 8);
  return plain === "" ? hash : `${plain}-${hash}`;
}
