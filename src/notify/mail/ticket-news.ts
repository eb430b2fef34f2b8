import type { News, NewsTicket } from "../news.js";

/** News about a ticket. */
export type TicketNews = News & { readonly ticket: NewsTicket };

/** Whether a mail can be made of it. */
export function isTicketNews(news: News): news is TicketNews {
  return news.ticket !== null;
}
