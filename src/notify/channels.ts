import type { EndpointRow } from "../persistence/endpoint-queries.js";
import type { Attempt } from "./attempt.js";
import type { News } from "./news.js";

/** Where a webhook or a callback goes, and with which secrets it is signed: the current one first. */
export interface WebhookTarget {
  readonly url: string;
  readonly secrets: readonly string[];
}

/** Who is mailed. */
export interface MailTarget {
  readonly principalId: string;
  readonly name: string;
  readonly email: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** What a mail says of itself. */
export interface MailIds {
  readonly deliveryId: string;
  readonly unsubscribeUrl: string;
}

/**
 * The ways out. Each is handed one piece of news and says how the attempt ended; it keeps no queue, repeats nothing, and bounds
 * its own time.
 */
export interface Channels {
  webhook(target: WebhookTarget, news: News, signal: AbortSignal): Promise<Attempt>;
  slack(target: { readonly url: string }, news: News, signal: AbortSignal): Promise<Attempt>;
  /** Undefined where no mail is sent. More than one piece of news is a digest. */
  readonly mail:
    | ((target: MailTarget, news: readonly News[], ids: MailIds, signal: AbortSignal) => Promise<Attempt>)
    | undefined;
  /** Undefined where there is no Core. */
  readonly core: ((news: News, signal: AbortSignal) => Promise<Attempt>) | undefined;
}

/** What whoever manages endpoints needs of the ways out. */
export interface Telling {
  /**
   * Holds a URL against what may be reached, as far as the URL shows it, and gives it as it will be used.
   * @param field of the input, for the refusal
   * @throws DomainError BAD_USER_INPUT
   */
  checkUrl(url: string, field: string): string;
  /** Sends a test. */
  ping(
    channel: EndpointRow["channel"],
    target: WebhookTarget,
    workspace: News["workspace"],
    signal: AbortSignal,
  ): Promise<Attempt>;
}
