import { digestLetter } from "./digest-letter.js";
import type { LetterContext } from "./letter.js";
import { letterHtml } from "./letter-html.js";
import { letterText } from "./letter-text.js";
import { ticketLetter } from "./ticket-letter.js";
import type { TicketNews } from "./ticket-news.js";

/** A mail in both of its forms. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Writes a mail; more than one piece of news is a digest. */
export function mailText(news: readonly [TicketNews, ...TicketNews[]], context: LetterContext): MailText {
  const letter = news.length === 1 ? ticketLetter(news[0], context) : digestLetter(news, context);
  return { subject: letter.subject, text: letterText(letter), html: letterHtml(letter) };
}
