import { z } from "zod";
import { type MailAddress, namedAddress } from "../notify/mail/mail-address.js";
import { parseSmtpUrl } from "../notify/mail/smtp-url.js";
import { parseAllowEntry } from "../notify/outbound-allow.js";
import { RETRY_MS } from "../notify/retry-schedule.js";
import { list, onOff, readBy, SettingsError, safeUrl, wholeNumber } from "./setting-words.js";

function isBare(text: string): boolean {
  const { username, password, search, hash } = new URL(text);
  return username + password + search + hash === "";
}

const retries = list
  .refine(
    (values) => values.length <= 20 && values.every((value) => /^\d{1,6}(\.\d{1,3})?$/.test(value)),
    "expected at most 20 pauses in seconds, such as 5,300,1800",
  )
  .transform((values) => values.map((value) => Math.round(Number(value) * 1_000)));

const receivers = list.refine(
  (values) => values.every((value) => parseAllowEntry(value) !== null),
  "expected hosts, addresses or ranges such as hooks.internal, hooks.internal:8080 or 10.0.0.0/8, with commas between",
);

/** The sender of mails. */
const sender = z.string().transform((value, issues) => {
  const address = namedAddress(value);
  if (address !== undefined) return address;
  issues.addIssue({
    code: "custom",
    message: "expected an address such as review@example.org or Countersign <review@example.org>",
  });
  return z.NEVER;
});

/** The settings of what tells the outside. */
export const OUTSIDE_SHAPE = {
  DELIVERY_RETRY_SECONDS: retries.default([...RETRY_MS]),
  CORE_URL: safeUrl
    .refine(isBare, "expected a URL without a user, a query or a fragment")
    .transform((value) => new URL(value).href.replace(/\/+$/, ""))
    .optional(),
  CORE_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,512}$/, "expected a key: at most 512 visible ASCII characters")
    .optional(),
  CORE_KEYS: onOff.default(false),
  CORE_WORKSPACE: z.string().default("default"),
  OUTBOUND_ALLOW: receivers.default([]),
  OUTBOUND_HTTP: onOff.default(false),
  DELIVERY_TIMEOUT_SECONDS: wholeNumber("expected seconds from 1 to 60", 1, 60).default(15),
  SMTP_URL: readBy(parseSmtpUrl).optional(),
  MAIL_FROM: sender.optional(),
};

type Read = z.infer<z.ZodObject<typeof OUTSIDE_SHAPE>>;

/** How HMS-SYS Core is talked to. */
export interface CoreSettings {
  /** Without a trailing slash. */
  readonly url: string;
  /** With which steps are forwarded; where absent, none are. */
  readonly apiKey: string | undefined;
  /** Whether keys that are none of ours are checked with it. */
  readonly checksKeys: boolean;
  /** Name of the workspace that its keys open. */
  readonly workspace: string;
}

/** Where requests to URLs that users give may go, and how long they may take. */
export interface OutboundSettings {
  /** Hosts, addresses and ranges that may be reached although they are internal. */
  readonly allow: readonly string[];
  /** Whether plain http may leave for other receivers than those. */
  readonly http: boolean;
  readonly timeoutMs: number;
}

/** How mail is sent. */
export interface MailSettings {
  /** Holds the password: it is logged nowhere. */
  readonly smtpUrl: string;
  readonly from: MailAddress;
}

/** What tells the outside, checked. */
export interface OutsideSettings {
  /** Pauses after the first, the second … attempt to tell the outside something. */
  readonly retryMs: readonly number[];
  /** Undefined where there is no Core. */
  readonly core: CoreSettings | undefined;
  readonly outbound: OutboundSettings;
  /** Undefined where no mail is sent. */
  readonly mail: MailSettings | undefined;
}

/** @throws SettingsError where one is there without what it needs */
export function outsideSettings(read: Read): OutsideSettings {
  return {
    retryMs: read.DELIVERY_RETRY_SECONDS,
    core: coreSettings(read),
    outbound: {
      allow: read.OUTBOUND_ALLOW,
      http: read.OUTBOUND_HTTP,
      timeoutMs: read.DELIVERY_TIMEOUT_SECONDS * 1_000,
    },
    mail: mailSettings(read),
  };
}

function coreSettings({ CORE_URL, CORE_API_KEY, CORE_KEYS, CORE_WORKSPACE }: Read): CoreSettings | undefined {
  if (CORE_URL === undefined) {
    if (CORE_API_KEY === undefined && !CORE_KEYS) return undefined;
    throw new SettingsError("wrong settings:\n  CORE_URL: expected with CORE_API_KEY and CORE_KEYS");
  }
  if (CORE_API_KEY === undefined && !CORE_KEYS)
    throw new SettingsError("wrong settings:\n  CORE_API_KEY: expected with CORE_URL, or CORE_KEYS=true");
  return { url: CORE_URL, apiKey: CORE_API_KEY, checksKeys: CORE_KEYS, workspace: CORE_WORKSPACE };
}

function mailSettings({ SMTP_URL, MAIL_FROM }: Read): MailSettings | undefined {
  if (SMTP_URL === undefined) return undefined;
  if (MAIL_FROM === undefined)
    throw new SettingsError("wrong settings:\n  MAIL_FROM: expected with SMTP_URL");
  return { smtpUrl: SMTP_URL, from: MAIL_FROM };
}
