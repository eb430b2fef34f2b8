import { z } from "zod";
import { type DatabaseLocation, parseDatabaseUrl } from "../persistence/database-url.js";

/** A wrong setting; the message names each and what it expects. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const wholeNumber = (expected: string, minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, expected)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, expected);

const onOff = z
  .enum(["true", "false", "1", "0", "on", "off"], "expected true or false")
  .transform((value) => value === "true" || value === "1" || value === "on");

const url = z
  .string()
  .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), "expected an http(s) URL");

/**
 * Every setting: what it expects, and its default. docs/settings.md and .env.example repeat this table, and a test holds
 * them to it.
 */
export const SETTINGS_SCHEMA = z.object({
  PORT: wholeNumber("expected a port from 0 to 65535 (0 takes a free one)", 0, 65_535).default(4000),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, "expected an address or a host name")
    .default("127.0.0.1"),
  DATABASE_URL: z
    .string()
    .superRefine((value, issues) => {
      try {
        parseDatabaseUrl(value);
      } catch (error) {
        issues.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      }
    })
    .default("sqlite:./data/countersign.db"),
  DATABASE_POOL: wholeNumber("expected a number of connections from 2 to 1000", 2, 1_000).default(10),
  DATA_DIR: z.string().default("./data"),
  LOG_LEVEL: z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(", ")}`).default("info"),
  MIGRATE: onOff.default(true),
  SIGNING_KEY: z.string().optional(),
  RETIRED_KEYS: z.string().optional(),
  TOKEN_MINUTES: wholeNumber("expected minutes from 1 to 1440", 1, 1_440).default(15),
  CLAIM_MINUTES: wholeNumber("expected minutes from 1 to 10080", 1, 10_080).default(30),
  RECORD_EVERY_READ: onOff.default(false),
  LEDGER_POLL_MS: wholeNumber("expected milliseconds from 20 to 1000", 20, 1_000).default(300),
  EXPIRY_SECONDS: wholeNumber("expected seconds from 1 to 60", 1, 60).default(1),
  CHECKPOINT_SECONDS: wholeNumber("expected seconds from 1 to 3600", 1, 3_600).default(5),
  CHECKPOINT_URL: url.optional(),
  PING_SECONDS: wholeNumber("expected seconds from 5 to 3600", 5, 3_600).default(30),
  SLOW_CONSUMER_SECONDS: wholeNumber("expected seconds from 1 to 600", 1, 600).default(15),
  SLOW_CONSUMER_BYTES: wholeNumber("expected bytes from 65536 to 1073741824", 65_536, 1_073_741_824).default(
    4_194_304,
  ),
  SHUTDOWN_SECONDS: wholeNumber("expected seconds from 1 to 300", 1, 300).default(10),
  PLAYGROUND: onOff.default(true),
});

/** The server's settings, checked; durations in milliseconds. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string;
  readonly database: DatabaseLocation;
  readonly databasePool: number;
  readonly dataDir: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly migrate: boolean;
  /** PEM (PKCS 8) or JWK, as text or as the path of a file. */
  readonly signingKey: string | undefined;
  /** Path of a JWKS file with the public keys that signed in the past. */
  readonly retiredKeys: string | undefined;
  readonly tokenMs: number;
  readonly claimMs: number;
  readonly recordEveryRead: boolean;
  readonly ledgerPollMs: number;
  readonly expiryMs: number;
  readonly checkpointMs: number;
  readonly checkpointUrl: string | undefined;
  readonly pingMs: number;
  readonly slowConsumerMs: number;
  readonly slowConsumerBytes: number;
  readonly shutdownMs: number;
  readonly playground: boolean;
}

/**
 * Reads the settings from environment variables; an empty one counts as absent.
 * @throws SettingsError naming every wrong one and what it expects
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(
    Object.keys(SETTINGS_SCHEMA.shape).flatMap((name) => {
      const value = environment[name]?.trim();
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
  const parsed = SETTINGS_SCHEMA.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new SettingsError(`wrong settings:\n  ${lines.join("\n  ")}`);
  }
  const read = parsed.data;
  return {
    port: read.PORT,
    host: read.HOST,
    databaseUrl: read.DATABASE_URL,
    database: parseDatabaseUrl(read.DATABASE_URL),
    databasePool: read.DATABASE_POOL,
    dataDir: read.DATA_DIR,
    logLevel: read.LOG_LEVEL,
    migrate: read.MIGRATE,
    signingKey: read.SIGNING_KEY,
    retiredKeys: read.RETIRED_KEYS,
    tokenMs: read.TOKEN_MINUTES * 60_000,
    claimMs: read.CLAIM_MINUTES * 60_000,
    recordEveryRead: read.RECORD_EVERY_READ,
    ledgerPollMs: read.LEDGER_POLL_MS,
    expiryMs: read.EXPIRY_SECONDS * 1_000,
    checkpointMs: read.CHECKPOINT_SECONDS * 1_000,
    checkpointUrl: read.CHECKPOINT_URL,
    pingMs: read.PING_SECONDS * 1_000,
    slowConsumerMs: read.SLOW_CONSUMER_SECONDS * 1_000,
    slowConsumerBytes: read.SLOW_CONSUMER_BYTES,
    shutdownMs: read.SHUTDOWN_SECONDS * 1_000,
    playground: read.PLAYGROUND,
  };
}
