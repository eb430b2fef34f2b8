import type { Ledger } from "../ledger/ledger.js";
import type { Telling } from "../notify/channels.js";
import { createCoreChannel } from "../notify/core/core-channel.js";
import { NoticePlanner } from "../notify/deadlines/plan-notices.js";
import { createMailChannel, type MailChannel } from "../notify/mail/mail-channel.js";
import { planMails } from "../notify/mail-planner.js";
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
  const mail = openMail(options);
  const core = openCore(settings);
  const notices = new NoticePlanner(database, (error, workspaceId) =>
    log.warn({ err: error, workspaceId }, "reminders of a workspace could not be planned; it is tried again"),
  );
  const notifier = startNotifier({
    database,
    ledger,
    channels: {
      webhook: (target, news, signal) => http.webhook.deliverWebhook(target, news, signal),
      slack: (target, news, signal) => http.slack.deliverSlack(target, news, links, signal),
      mail: mail === undefined ? undefined : (...told) => mail.deliver(...told),
      core: core === undefined ? undefined : (...told) => core.deliver(...told),
    },
    planner: { mails: mail === undefined ? undefined : planMails, core: core !== undefined },
    notices: {
      due: (now) => notices.due(now),
      plan: async (now) => (await notices.plan(now)).more,
    },
    schedule: settings.retryMs,
    pollMs: settings.ledgerPollMs,
    now: Date.now,
    unsubscribeUrl: options.unsubscribeUrl,
    onDeadLetter: ({ id, workspace_id, channel, target, sequence }, problem) =>
      log.warn({ deliveryId: id, workspaceId: workspace_id, channel, target, sequence, problem }, "given up"),
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
      mail?.close();
    },
  };
}

function openMail({ settings, base, log }: OutsideOptions): MailChannel | undefined {
  const { mail } = settings;
  if (mail === undefined) return undefined;
  const channel = createMailChannel({
    smtpUrl: mail.smtpUrl,
    from: mail.from,
    base,
    timeoutMs: settings.outbound.timeoutMs,
    onProblem: (problem, server) => log.warn({ server }, `mail cannot be sent for now: ${problem}`),
  });
  // Whoever sets it up wants to know at once; but a mail server that is down must keep nobody from deciding.
  void channel.verify();
  return channel;
}

function openCore({ core }: Settings) {
  if (core?.apiKey === undefined) return undefined;
  return createCoreChannel({ url: core.url, apiKey: core.apiKey, timeoutMs: CORE_MS });
}
