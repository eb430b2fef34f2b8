import { vi } from "vitest";
import type { Role } from "../../src/domain/principal.js";
import { createKey } from "../../src/identity/keys.js";
import { inviteMember } from "../../src/identity/members.js";
import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { submit } from "../api/tickets.js";
import type { DatabaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { type MailServer, type ReceivedMail, startMailServer } from "../support/mail-server.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

/** Somebody with an address, a key, and a mailbox. */
export interface Mailed {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly key: string;
  /** What has arrived, oldest first. */
  mails(): readonly ReceivedMail[];
  subjects(): (string | undefined)[];
  /** Says what they want to hear. */
  wants(mail: "SINGLE" | "DIGEST" | "OFF", queue?: string): Promise<void>;
  hours(input: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A server that mails, the mail server that it mails by, and a clock that can be put forward. */
export interface MailWorld {
  readonly server: TestServer;
  readonly mail: MailServer;
  /** What a recipient's mailbox answers instead of taking mail. */
  readonly refusing: Map<string, { readonly code: number; readonly text: string }>;
  member(name: string, options?: MemberOptions): Promise<Mailed>;
  /** A queue of a name of its own, and reviewers of it alone. */
  desk<Name extends string>(...names: Name[]): Promise<{ readonly queue: string } & Record<Name, Mailed>>;
  submit(queue: string, title: string, input?: object): Promise<string>;
  /** Puts the server's clock forward. */
  later(milliseconds: number): void;
  /** Waits until whatever is due has been mailed, or refused, and is on record. */
  settled(): Promise<void>;
  /** The address of a link of a mail, as it is reached here. */
  reached(link: string): string;
  stopMailServer(): Promise<void>;
  startMailServer(): Promise<void>;
  /** What is on record of deliveries to somebody, oldest first. */
  record(type: "NOTIFIED" | "DELIVERY_FAILED", to: Mailed): Promise<Recorded[]>;
  close(): Promise<void>;
}

export interface Recorded {
  readonly ticketId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface MemberOptions {
  readonly roles?: readonly Role[];
  /** Null for every queue. */
  readonly queues?: readonly string[] | null;
  readonly email?: string;
  readonly workspaceId?: string;
}

/** Where people reach the server, as mails have it: over https, as one-click unsubscribing wants it. */
export const PUBLIC_URL = "https://review.example.org";
export const MINUTE = 60_000;

/** The minute of the day in UTC, so many minutes from now. */
export function minuteFromNow(minutes: number): number {
  return Math.floor(Date.now() / MINUTE + minutes) % 1_440;
}

export async function openMailWorld(kind: DatabaseKind): Promise<MailWorld> {
  const realNow = Date.now;
  let ahead = 0;
  // Before the server starts, so that it takes this clock for its own.
  const clock = vi.spyOn(Date, "now").mockImplementation(() => realNow() + ahead);
  const refusing: MailWorld["refusing"] = new Map();
  const everything: ReceivedMail[] = [];
  const open = (port = 0): Promise<MailServer> =>
    startMailServer(
      {
        onRcptTo: ({ address }, _session, callback) => {
          const refusal = refusing.get(address);
          callback(refusal && Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
        },
      },
      port,
    );
  let mail = await open();
  const { port } = mail;
  const server = await startTestServer(kind, {
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: "Countersign <review@example.org>",
    PUBLIC_URL,
    DELIVERY_RETRY_SECONDS: "0.05,0.1,0.2,0.4,0.8,1,1,1,2,2,2,5,5",
    DELIVERY_TIMEOUT_SECONDS: "5",
    LEDGER_POLL_MS: "20",
  });
  const { workspaceId } = server;
  const system = async (workspace = workspaceId) => ({
    workspaceId: workspace,
    actor: await systemActor(server.running.services.database.read, workspace),
  });
  const received = () => [...everything, ...mail.received];
  const rows = <Row extends object>(statement: string, values: (string | number)[] = []) =>
    server.running.services.database.read.query<Row>(statement, values);
  let desks = 0;
  let markers = 0;

  const world: Omit<MailWorld, "mail"> = {
    server,
    refusing,
    member: async (name, { roles = ["REVIEWER"], queues = null, email, ...options }: MemberOptions = {}) => {
      const { ledger } = server.running.services;
      const scope = await system(options.workspaceId);
      const address = email ?? `${name.toLowerCase()}-${desks}@example.org`;
      const { member } = await inviteMember(ledger, { ...scope, email: address, name, roles, queues });
      const { key } = await createKey(ledger, { ...scope, principalId: member.id, expiresAt: null });
      const say = (mutation: string, type: string, input: object) =>
        gqlData(
          server.url,
          key,
          `mutation ($input: ${type}!) { ${mutation}(input: $input) { notificationPreferences { mail } } }`,
          { input },
        );
      const mails = () => received().filter(({ to }) => to.includes(address));
      return {
        id: member.id,
        name,
        address,
        key,
        mails,
        subjects: () => mails().map(({ parsed }) => parsed.subject),
        wants: async (wanted, queue) => {
          await say("setNotificationPreference", "SetNotificationPreferenceInput", { mail: wanted, queue });
        },
        hours: async (input) => {
          await say("setNotificationHours", "SetNotificationHoursInput", input);
        },
      };
    },
    desk: async <Name extends string>(...names: Name[]) => {
      desks += 1;
      const queue = `desk-${desks}`;
      await createQueue(server.running.services.ledger, {
        ...(await system()),
        name: queue,
        minimumApprovals: 1,
      });
      const members: Partial<Record<Name, Mailed>> = {};
      for (const name of names) members[name] = await world.member(name, { queues: [queue] });
      return { queue, ...(members as Record<Name, Mailed>) };
    },
    submit: async (queue, title, input = {}) =>
      (await submit(server.url, server.keys.agent, { queue, title, ...input })).id,
    later: (milliseconds) => {
      ahead += milliseconds;
    },
    settled: async () => {
      // Mails are planned in the order of the ledger: with this one, all that came before it have been.
      const title = `Marker ${++markers}`;
      await world.submit("default", title);
      const arrived = () =>
        received().some(({ to, parsed }) => to[0] === WITNESS && parsed.subject?.endsWith(title) === true);
      await until(arrived, { what: "the marker's mail" });
      await until(
        async () => {
          const due = "SELECT COUNT(*) AS due FROM delivery WHERE state = 'WAITING' AND due_at <= ?";
          const [row] = await rows<{ due: number }>(due, [Date.now()]);
          return Number(row?.due) === 0;
        },
        { what: "what is due to be on record" },
      );
    },
    reached: (link) => server.url + link.slice(PUBLIC_URL.length),
    stopMailServer: async () => {
      mail.hangUp();
      await mail.close();
    },
    startMailServer: async () => {
      everything.push(...mail.received);
      mail = await open(port);
    },
    record: async (type, to) => {
      const found = await rows<{ ticket_id: string | null; body: string }>(
        "SELECT ticket_id, body FROM audit_event WHERE type = ? ORDER BY sequence",
        [type],
      );
      return found
        .map(({ ticket_id: ticketId, body }) => ({ ticketId, data: JSON.parse(body).data }))
        .filter(({ data }) => data.principalId === to.id);
    },
    close: async () => {
      await server.close();
      await mail.close();
      clock.mockRestore();
    },
  };
  await world.member("Witness", { queues: ["default"], email: WITNESS });
  return Object.defineProperty(world, "mail", { get: () => mail }) as MailWorld;
}

const WITNESS = "witness@example.org";

/** A header as it was written, on one line. */
export function headerOf({ parsed }: ReceivedMail, name: string): string | undefined {
  const line = parsed.headerLines.find(({ key }) => key === name.toLowerCase())?.line;
  return line
    ?.slice(name.length + 1)
    .replace(/\r?\n[ \t]+/g, " ")
    .trim();
}

/** Where one click ends the mails, as a mail program finds it. */
export function unsubscribeLink(mail: ReceivedMail | undefined): string {
  const [, link] =
    /^<([^>]+)>$/.exec(mail === undefined ? "" : (headerOf(mail, "List-Unsubscribe") ?? "")) ?? [];
  if (link === undefined) throw new Error("the mail has no List-Unsubscribe");
  return link;
}

/** What a mail program sends when one presses its button (RFC 8058, 3.2): no cookie, and no page that it comes from. */
export async function pressUnsubscribe(world: MailWorld, mail: ReceivedMail | undefined): Promise<number> {
  const response = await fetch(world.reached(unsubscribeLink(mail)), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
  });
  await response.text();
  return response.status;
}

/** Every link of a mail, of its headers, its text and its HTML. */
export function linksOf({ raw, parsed }: ReceivedMail): string[] {
  const html = typeof parsed.html === "string" ? parsed.html : "";
  const everywhere = `${raw.split("\r\n\r\n", 1)[0]}\n${parsed.text}\n${html.replaceAll("&amp;", "&")}`;
  const links = everywhere.match(/https?:\/\/[^\s<>"')\]]+/g) ?? [];
  return [...new Set(links.map((link) => link.replace(/[.,;]$/, "")))];
}
