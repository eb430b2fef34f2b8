import type { Ledger } from "../../ledger/ledger.js";
import { replacePreference } from "../../persistence/notification-queries.js";
import { findPrincipal } from "../../persistence/principal-queries.js";
import type { Sql } from "../../persistence/sql.js";
import { EVERY_OTHER_QUEUE, type MailPreference } from "./mail-preference.js";
import {
  type OwnPreferences,
  type PreferenceChoice,
  preferencesEvent,
  readOwnPreferences,
} from "./own-preferences.js";
import type { LinkHolder } from "./unsubscribe-link.js";

/** What a change by a link works with. */
export interface LinkServices {
  readonly ledger: Ledger;
  readonly read: Sql;
}

/**
 * What the link in a mail does: no more mail about its queue, or none at all. Nobody has signed in for it, which the record
 * says. For who is no member any more, nothing is changed.
 * @returns what they had said before of what is changed, to be handed to {@link takeBackByLink}
 */
export async function switchOffByLink(
  services: LinkServices,
  holder: LinkHolder,
): Promise<PreferenceChoice[]> {
  const last: { before: PreferenceChoice[] } = { before: [] };
  await changeByLink(services, holder, (said) => {
    last.before = saidOf(said, holder);
    return last.before.map(({ queue }) => ({ queue, mail: "OFF" }));
  });
  return last.before.filter(({ mail }) => mail !== "OFF");
}

/** Takes back what {@link switchOffByLink} did; what its holder has changed since then is left as it is. */
export async function takeBackByLink(
  services: LinkServices,
  holder: LinkHolder,
  before: readonly PreferenceChoice[],
): Promise<void> {
  await changeByLink(services, holder, (said) => {
    const now = new Map(saidOf(said, holder).map(({ queue, mail }) => [queue, mail]));
    return before.filter(({ queue }) => now.get(queue) === "OFF");
  });
}

/** What somebody has said of every queue that is not named, and of single ones. */
interface Said {
  readonly general: MailPreference;
  readonly queues: OwnPreferences["queues"];
}

/** What somebody has said of what a link is about. */
function saidOf({ general, queues }: Said, { queue }: LinkHolder): PreferenceChoice[] {
  if (queue === null) return [{ queue: null, mail: general }, ...queues];
  return [{ queue, mail: queues.find((one) => one.queue === queue)?.mail ?? null }];
}

async function changeByLink(
  { ledger, read }: LinkServices,
  { workspaceId, principalId }: LinkHolder,
  wanted: (said: Said) => readonly PreferenceChoice[],
): Promise<void> {
  const holder = await findPrincipal(read, workspaceId, principalId);
  if (holder === undefined) return;
  await ledger.change({
    workspaceId,
    actor: { id: holder.id, name: holder.name, kind: holder.kind },
    events: [],
    write: async (sql) => {
      const row = await findPrincipal(sql, workspaceId, principalId);
      if (row === undefined || row.removed_at !== null) return undefined;
      const { mail: general, queues } = await readOwnPreferences(sql, principalId);
      const choices = wanted({ general, queues });
      const known = new Map(queues.map((one) => [one.queue, one.mail]));
      const changed = choices.filter(({ queue, mail }) =>
        queue === null ? mail !== general : mail !== (known.get(queue) ?? null),
      );
      if (changed.length === 0) return undefined;
      for (const { queue, mail } of changed)
        await replacePreference(sql, { workspaceId, principalId, queue: queue ?? EVERY_OTHER_QUEUE }, mail);
      return [preferencesEvent(principalId, await readOwnPreferences(sql, principalId), { byLink: true })];
    },
  });
}
