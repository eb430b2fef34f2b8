/** How somebody wants to hear of what comes into a queue: a mail for each, one a day with all of them, or none. */
export const MAIL_PREFERENCES = ["SINGLE", "DIGEST", "OFF"] as const;

export type MailPreference = (typeof MAIL_PREFERENCES)[number];

/** What `queue` says in a preference for every queue that none is said for. */
export const EVERY_OTHER_QUEUE = "";

/** What somebody has said of a queue. */
export interface QueuePreference {
  /** {@link EVERY_OTHER_QUEUE} for those that are not named. */
  readonly queue: string;
  readonly mail: MailPreference;
}

/** What somebody wants to hear of a queue: what they said of it, or else in general, or else a mail for each. */
export function mailPreference(said: readonly QueuePreference[], queue: string): MailPreference {
  const of = (name: string): MailPreference | undefined => said.find((row) => row.queue === name)?.mail;
  return of(queue) ?? of(EVERY_OTHER_QUEUE) ?? "SINGLE";
}
