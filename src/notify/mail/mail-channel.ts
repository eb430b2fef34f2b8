import { setMaxListeners } from "node:events";
import { createTransport, type SMTPPoolOptions } from "nodemailer";
import type { Attempt } from "../attempt.js";
import type { MailIds, MailTarget } from "../channels.js";
import type { News } from "../news.js";
import { hostOf, type MailAddress, mailAddress, shownName } from "./mail-address.js";
import { mailHeaders, webAddress } from "./mail-headers.js";
import { mailText } from "./mail-text.js";
import { Places } from "./places.js";
import { failureOutcome } from "./smtp-outcome.js";
import { parseSmtpUrl, type SmtpServer } from "./smtp-url.js";
import { subjectHeader } from "./subject-header.js";
import { isTicketNews, type TicketNews } from "./ticket-news.js";

/** What the mail channel needs. */
export interface MailChannelOptions {
  /** See {@link parseSmtpUrl}. */
  readonly smtpUrl: string;
  readonly from: MailAddress;
  /** Where people reach the server, without a trailing slash; asked for each mail. */
  readonly base: () => string;
  /** How long one mail may take, from its turn to the server's last word. */
  readonly timeoutMs: number;
  /** Connections to the mail server: at most, and unless told. */
  readonly connections?: number;
  /** Certificates (PEM) that are trusted beside those that Node trusts. */
  readonly ca?: string;
  readonly now?: () => number;
  /**
   * Told what keeps mail in general from being sent, and of which server, for the operator alone; the same problem once, until a
   * mail is taken again.
   */
  readonly onProblem?: (problem: string, server: string) => void;
}

/** Tells people by mail. It keeps no queue of its own and never tries again by itself. */
export interface MailChannel {
  /**
   * Sends one mail; more than one piece of news is a digest. Never throws: whatever happens is an outcome.
   * @param signal ends the attempt; the connection is closed in the middle then
   */
  deliver(target: MailTarget, news: readonly News[], ids: MailIds, signal: AbortSignal): Promise<Attempt>;
  /** Connects and signs in, and sends nothing. @returns what is wrong, in a line; undefined where nothing is */
  verify(): Promise<string | undefined>;
  /** Ends all connections, and what is being sent over them. */
  close(): void;
}

const USUAL_CONNECTIONS = 3;
/** A connection is renewed after so many mails, as servers like it. */
const MAILS_PER_CONNECTION = 100;

/** @throws Error where smtpUrl is none; nothing is connected to before the first mail */
export function createMailChannel(options: MailChannelOptions): MailChannel {
  const server = parseSmtpUrl(options.smtpUrl);
  const connections = options.connections ?? USUAL_CONNECTIONS;
  const transport = createTransport(poolOptions(server, options, connections));
  // A connection that ends by itself is nothing that has to end the process.
  transport.on("error", () => undefined);
  const places = new Places(connections);
  const told = problemTeller(options, `${server.host}:${server.port}`);
  const now = options.now ?? Date.now;

  async function attempt(
    target: MailTarget,
    news: readonly [TicketNews, ...TicketNews[]],
    ids: MailIds,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const address = mailAddress(target.email);
    if (address === undefined)
      return { outcome: "DEAD", problem: "Mail cannot be sent to an address of this form." };
    const unsubscribeUrl = webAddress(ids.unsubscribeUrl);
    const { subject, text, html } = mailText(news, {
      base: options.base(),
      target,
      unsubscribeUrl,
      now: now(),
    });
    const { headers, ...threading } = mailHeaders(news, ids, hostOf(options.from.address));
    const title = subjectHeader(subject);
    const giveBack = await places.take(signal);
    const time = timeFor(options.timeoutMs, signal);
    try {
      await transport.sendMail({
        from: { ...options.from },
        to: { name: shownName(target.name), address },
        // The envelope is said apart, so that nothing in a header can add to who gets the mail.
        envelope: { from: options.from.address, to: [address] },
        ...title,
        text,
        html,
        // Lines of any length and any script arrive as they are.
        textEncoding: "quoted-printable",
        date: new Date(now()),
        ...threading,
        headers: { ...headers, ...title.headers },
        signal: time.signal,
      });
      return told({ outcome: "DELIVERED", status: 250 });
    } catch (error) {
      if (signal.aborted) return failureOutcome(error);
      return told(failureOutcome(time.isUp() ? { code: "ETIMEDOUT" } : error));
    } finally {
      time.end();
      giveBack();
    }
  }

  return {
    async deliver(target, news, ids, signal) {
      // One signal may stand for all that is under way; Node would take so many listeners for a leak.
      setMaxListeners(0, signal);
      const [first, ...others] = news.filter(isTicketNews);
      if (first === undefined) return { outcome: "DROPPED", problem: "There is no ticket to write about." };
      try {
        return await attempt(target, [first, ...others], ids, signal);
      } catch (error) {
        if (signal.aborted) return failureOutcome({ code: "EABORT" });
        // Only its name: the message may quote what was to be written.
        const kind = error instanceof Error ? error.name : "unknown";
        return { outcome: "RETRY", problem: `The mail could not be written (${kind}).` };
      }
    },
    async verify() {
      try {
        await transport.verify();
        return undefined;
      } catch (error) {
        const outcome = told(failureOutcome(error), true);
        return outcome.outcome === "DELIVERED" ? undefined : outcome.problem;
      }
    },
    close() {
      transport.close({ force: true });
    },
  };
}

/** Passes outcomes on, and tells the operator of those that are about the mail server rather than about one mail. */
function problemTeller({ onProblem }: MailChannelOptions, server: string) {
  let last: string | undefined;
  return (attempt: Attempt, verifying = false): Attempt => {
    if (attempt.outcome === "DELIVERED") last = undefined;
    // A 4xx may be about one recipient (greylisting), and is mended by itself; nobody is written to when it is verified.
    else if (
      attempt.outcome === "RETRY" &&
      (verifying || !isTemporary(attempt.status)) &&
      attempt.problem !== last
    ) {
      last = attempt.problem;
      onProblem?.(attempt.problem, server);
    }
    return attempt;
  };
}

const isTemporary = (status: number | undefined): boolean =>
  status !== undefined && status >= 400 && status < 500;

/** So much time, or until a signal that may outlive it: nothing is left on that one when it ends. */
function timeFor(milliseconds: number, signal: AbortSignal) {
  const stop = new AbortController();
  let isUp = false;
  const aborted = (): void => stop.abort();
  const timer = setTimeout(() => {
    isUp = true;
    stop.abort();
  }, milliseconds);
  signal.addEventListener("abort", aborted, { once: true });
  if (signal.aborted) stop.abort();
  return {
    signal: stop.signal,
    isUp: () => isUp,
    end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
    },
  };
}

function poolOptions(
  server: SmtpServer,
  { timeoutMs, ca }: MailChannelOptions,
  maxConnections: number,
): SMTPPoolOptions & { pool: true } {
  const { auth, host, port, secure, requireTls } = server;
  return {
    pool: true,
    host,
    port,
    secure,
    requireTLS: requireTls,
    ...(auth === undefined ? {} : { auth: { ...auth }, forceAuth: true }),
    tls: { minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
    maxConnections,
    maxMessages: MAILS_PER_CONNECTION,
    // Once, and only where nothing of the mail was sent: a server may close what was idle at that very moment.
    maxRequeues: 1,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  };
}
