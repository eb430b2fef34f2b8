import { maySee } from "../domain/principal.js";
import { toActor } from "../ledger/batch-facts.js";
import type { Database } from "../persistence/database.js";
import { type DeliveryRow, findDigest } from "../persistence/delivery-queries.js";
import { type EndpointRow, findEndpointRow } from "../persistence/endpoint-queries.js";
import { findHoursOf, findPreferencesOf } from "../persistence/notification-queries.js";
import { findPrincipal } from "../persistence/principal-queries.js";
import type { PrincipalRow } from "../persistence/rows.js";
import type { Attempt } from "./attempt.js";
import type { Channels } from "./channels.js";
import type { News } from "./news.js";
import type { NewsLoader } from "./news-loader.js";
import { toHours, toPreference } from "./preferences/mail-members.js";
import { mailPreference, type QueuePreference } from "./preferences/mail-preference.js";
import type { LinkHolder } from "./preferences/unsubscribe-link.js";
import type { Deliver, Told } from "./sender.js";

/** What it takes to deliver. */
export interface DeliverOptions {
  readonly database: Database;
  readonly channels: Channels;
  readonly loadNews: NewsLoader;
  /** Where one click ends the mails about a queue. */
  readonly unsubscribeUrl: (holder: LinkHolder) => string;
  readonly now: () => number;
}

/** Deliveries in one digest. */
const DIGEST_LENGTH = 200;

/** Hands each delivery to its channel, with where it goes as of now: what is removed or lost meanwhile counts. */
export function createDeliver(options: DeliverOptions): Deliver {
  return async (row, signal) => {
    if (row.channel === "MAIL") return mail(options, row, signal);
    if (row.channel === "CORE") {
      const { core } = options.channels;
      if (core === undefined)
        return of(row, { outcome: "DEAD", problem: "there is no Core to tell (CORE_URL)" });
      return of(row, await core(await options.loadNews(row), signal));
    }
    return of(row, await byHttp(options, row, signal));
  };
}

type Outcomes = readonly [Told, ...Told[]];

function of(row: DeliveryRow, attempt: Attempt): Outcomes {
  return [{ row, attempt }];
}

async function byHttp(
  { database, channels, loadNews, now }: DeliverOptions,
  row: DeliveryRow,
  signal: AbortSignal,
): Promise<Attempt> {
  const endpoint = await findEndpointRow(database.read, row.workspace_id, row.target);
  if (endpoint === undefined || endpoint.removed_at !== null)
    return { outcome: "DROPPED", problem: "the endpoint was removed" };
  if (endpoint.disabled_at !== null) return { outcome: "DEAD", problem: "the endpoint is disabled" };
  if (endpoint.principal_id !== null && !(await isMember(database, row.workspace_id, endpoint.principal_id)))
    return { outcome: "DROPPED", problem: "whoever submitted it is no member any more" };
  const url = row.url ?? endpoint.url;
  if (url === null) return { outcome: "DEAD", problem: "the endpoint has no URL" };
  const news = await loadNews(row);
  if (endpoint.channel === "SLACK") return channels.slack({ url }, news, signal);
  return channels.webhook({ url, secrets: secretsOf(endpoint, now()) }, news, signal);
}

async function isMember({ read }: Database, workspaceId: string, principalId: string): Promise<boolean> {
  const principal = await findPrincipal(read, workspaceId, principalId);
  return principal !== undefined && principal.removed_at === null;
}

/** The secrets that sign: during a rotation's overlap the former one too. */
export function secretsOf(
  { secret, previous_secret: previous, previous_until: until }: EndpointRow,
  now: number,
): string[] {
  return [
    ...(secret === null ? [] : [secret]),
    ...(previous !== null && until !== null && until > now ? [previous] : []),
  ];
}

/** A mail, or a digest. What the recipient may not see any more is left out. */
async function mail(options: DeliverOptions, row: DeliveryRow, signal: AbortSignal): Promise<Outcomes> {
  const { database, channels, now } = options;
  if (channels.mail === undefined)
    return of(row, { outcome: "DEAD", problem: "no mail is sent here (SMTP_URL)" });
  const principal = await findPrincipal(database.read, row.workspace_id, row.target);
  if (principal === undefined || principal.removed_at !== null || principal.email === null)
    return of(row, { outcome: "DROPPED", problem: "there is no such member with an address any more" });
  const digest = row.reason === "DIGEST";
  const rows = digest ? await findDigest(database.read, row.target, now(), DIGEST_LENGTH) : [row];
  const visible: { readonly row: DeliveryRow; readonly news: News }[] = [];
  const dropped: Told[] = [];
  const said = (await findPreferencesOf(database.read, principal.id)).map(toPreference);
  for (const one of rows) {
    const news = await options.loadNews(one);
    const problem = whyNot(principal, said, news);
    if (problem === undefined) visible.push({ row: one, news });
    else dropped.push({ row: one, attempt: { outcome: "DROPPED", problem } });
  }
  const [first, ...others] = visible;
  const [drop, ...drops] = dropped;
  if (first === undefined)
    return drop === undefined
      ? of(row, { outcome: "DROPPED", problem: "it was told already" })
      : [drop, ...drops];
  const target = {
    principalId: principal.id,
    name: principal.name,
    email: principal.email,
    timeZone: toHours(await findHoursOf(database.read, principal.id)).timeZone,
  };
  const queue = digest ? null : (first.news.ticket?.queue ?? null);
  const holder = { workspaceId: principal.workspace_id, principalId: principal.id, queue };
  const ids = { deliveryId: first.row.id, unsubscribeUrl: options.unsubscribeUrl(holder) };
  const attempt = await channels.mail(
    target,
    visible.map((one) => one.news),
    ids,
    signal,
  );
  return [{ row: first.row, attempt }, ...others.map((one) => ({ row: one.row, attempt })), ...dropped];
}

/**
 * Why somebody is not to have a mail that was planned for them. It carries the proposal: whoever may not see the ticket now
 * does not get it, whatever was so when it was planned; and who has unsubscribed meanwhile has done so at once.
 */
function whyNot(
  row: PrincipalRow,
  said: readonly QueuePreference[],
  { ticket, reason }: News,
): string | undefined {
  if (ticket === null) return "it is about no ticket";
  if (!maySee(toActor(row), { queue: ticket.queue, submittedBy: ticket.submittedBy.id }))
    return "the recipient may not see the ticket any more";
  // Put off by quiet hours or by a mail server that was down: nobody is to be urged to what is done.
  if ((reason === "REMINDER" || reason === "ESCALATION") && ticket.status !== "PENDING")
    return "the ticket was settled before the reminder was sent";
  return mailPreference(said, ticket.queue) === "OFF" ? "the recipient has switched mail off" : undefined;
}
