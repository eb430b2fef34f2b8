import type { Ledger } from "../ledger/ledger.js";
import type { Telling } from "../notify/channels.js";
import { createCoreChannel } from "../notify/core/core-channel.js";
import { noticesDue, planNotices } from "../notify/deadlines/plan-notices.js";
import { type Notifier, startNotifier } from "../notify/notifier.js";
import type { Database } from "../persistence/database.js";
import type { Log } from "./log.js";
import type { Settings } from "./settings.js";
import { openHttpWays } from "./telling.js";

/** What telling the outside is made of. */
export interface OutsideOptions {
  readonly settings: Settings;
  readonly database: Database;
  readonly ledger: Ledger;
  /** Where people reach the server, without a trailing slash. */
  readonly base: () => string;
  readonly unsubscribeUrl: Parameters<typeof startNotifier>[0]["unsubscribeUrl"];
  readonly log: Log;
}

/** What tells the outside, at work. */
export interface Outside {
  readonly telling: Telling;
  readonly notifier: Notifier;
  close(): Promise<void>;
}

const CORE_MS = 10_000;

/** Begins to tell the outside: by HTTP to whatever endpoints there are, by mail and to the Core where the settings say how. */
export function openOutside(options: OutsideOptions): Outside {
  const { settings, database, ledger, base, log } = options;
  const http = openHttpWays(settings.outbound);
  const links = { ticket: (id: string) => `${base()}/tickets/${id}` };
  const core = openCore(settings);
  const notifier = startNotifier({
    database,
    ledger,
    channels: {
      webhook: (target, news, signal) => http.webhook.deliverWebhook(target, news, signal),
      slack: (target, news, signal) => http.slack.deliverSlack(target, news, links, signal),
      mail: undefined,
      core: core === undefined ? undefined : (...told) => core.deliver(...told),
    },
    planner: { mails: undefined, core: core !== undefined },
    notices: {
      due: (now) => noticesDue(database.read, now),
      plan: async (now) => {
        await planNotices(database, now);
      },
    },
    schedule: settings.retryMs,
    pollMs: settings.ledgerPollMs,
    now: Date.now,
    unsubscribeUrl: options.unsubscribeUrl,
    onError: (error) =>
      log.warn({ err: error }, "the outside could not be told for a moment; it is tried again"),
  });
  ledger.onCommit(() => notifier.wake());
  return {
    telling: http,
    notifier,
    close: async () => {
      await notifier.close();
      http.close();
    },
  };
}

function openCore({ core }: Settings) {
  if (core?.apiKey === undefined) return undefined;
  return createCoreChannel({ url: core.url, apiKey: core.apiKey, timeoutMs: CORE_MS });
}
