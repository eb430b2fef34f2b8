import { z } from "zod";
import { ROLES, type Role } from "../domain/principal.js";
import { type DatabaseLocation, parseDatabaseUrl } from "../persistence/database-url.js";
import { isAddressRange, isLoopbackHost, isLoopbackUrl } from "./addresses.js";
import { OUTSIDE_SHAPE, type OutsideSettings, outsideSettings } from "./outside-settings.js";
import { list, onOff, readBy, SettingsError, safeUrl, url, wholeNumber } from "./setting-words.js";

const OIDC_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"] as const;
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const origins = list.refine(
  (values) => values.every((value) => URL.canParse(value) && new URL(value).origin === value),
  "expected origins such as https://app.example.org, with commas between",
);

const addresses = list.refine(
  (values) => values.every(isAddressRange),
  "expected addresses or ranges such as 10.0.0.0/8, with commas between",
);

/** Who may use what shows the schema; `true` and `false` stand for `on` and `off`. */
const audience = z
  .enum(["on", "signed-in", "off", "true", "false"], "expected on, signed-in or off")
  .transform((value) => (value === "true" ? "on" : value === "false" ? "off" : value));

const rolePairs = z.string().transform((value, issues) => {
  const pairs = value
    .split(",")
    .map((pair) => pair.split("=").map((side) => side.trim()))
    .filter((sides) => sides.join("") !== "");
  const roles: readonly string[] = ROLES;
  for (const [claim = "", role = "", ...rest] of pairs) {
    if (claim === "" || !roles.includes(role.toUpperCase()) || rest.length > 0) {
      issues.addIssue({
        code: "custom",
        message: `expected pairs such as credit-reviewers=REVIEWER, with commas between; the roles are ${ROLES.join(", ")}`,
      });
      return z.NEVER;
    }
  }
  return pairs.map(([claim = "", role = ""]) => ({ claim, role: role.toUpperCase() as Role }));
});

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
  DATABASE_URL: readBy(parseDatabaseUrl).default("sqlite:./data/countersign.db"),
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
  PLAYGROUND: audience.optional(),
  INTROSPECTION: audience.optional(),
  PUBLIC_URL: safeUrl
    .refine((value) => new URL(value).pathname === "/", "expected a URL without a path")
    .optional(),
  ALLOWED_ORIGINS: origins.default([]),
  TRUSTED_PROXIES: addresses.default([]),
  SESSION_IDLE_MINUTES: wholeNumber("expected minutes from 1 to 1440", 1, 1_440).default(60),
  SESSION_HOURS: wholeNumber("expected hours from 1 to 720", 1, 720).default(12),
  RATE_PRINCIPAL: wholeNumber(
    "expected points a minute from 0 (no limit) to 10000000",
    0,
    10_000_000,
  ).default(12_000),
  RATE_ADDRESS: wholeNumber(
    "expected requests a minute from 0 (no limit) to 10000000",
    0,
    10_000_000,
  ).default(30_000),
  RATE_FAILURES: wholeNumber("expected failures a minute from 0 (no limit) to 100000", 0, 100_000).default(
    60,
  ),
  SOCKETS_PER_ADDRESS: wholeNumber("expected sockets from 1 to 1000000", 1, 1_000_000).default(2_000),
  SOCKETS_PER_PRINCIPAL: wholeNumber("expected sockets from 1 to 1000000", 1, 1_000_000).default(1_000),
  SUBSCRIPTIONS_PER_SOCKET: wholeNumber("expected subscriptions from 1 to 100000", 1, 100_000).default(200),
  OIDC_ISSUER: safeUrl.optional(),
  OIDC_NAME: z.string().max(60, "expected at most 60 characters").default("your organisation"),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_SCOPES: z.string().default("openid email profile"),
  OIDC_ALGORITHM: z.enum(OIDC_ALGORITHMS, `expected one of ${OIDC_ALGORITHMS.join(", ")}`).default("RS256"),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_WORKSPACE: z.string().default("default"),
  OIDC_WORKSPACE_CLAIM: z.string().optional(),
  OIDC_ROLES_CLAIM: z.string().default("roles"),
  OIDC_ROLES: rolePairs.default([]),
  OIDC_QUEUES_CLAIM: z.string().optional(),
  ...OUTSIDE_SHAPE,
});

/** Who may use what shows the schema. */
export type Audience = "on" | "signed-in" | "off";

/** How the identity provider is asked, and what its claims mean. */
export interface OidcSettings {
  readonly issuer: string;
  /** What people know it as: "Sign in with …". */
  readonly name: string;
  readonly clientId: string;
  /** Absent for a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly scopes: string;
  /** The only algorithm that its signatures may have. */
  readonly algorithm: (typeof OIDC_ALGORITHMS)[number];
  /** The audience of its JWTs that are taken as Bearer; where absent, none are. */
  readonly audience: string | undefined;
  /** Name of the workspace, where no claim says it. */
  readonly workspace: string;
  readonly workspaceClaim: string | undefined;
  /** Dots lead into objects: `realm_access.roles`. */
  readonly rolesClaim: string;
  /** Which value of the claim gives which role; empty where members are invited instead. */
  readonly roles: readonly { readonly claim: string; readonly role: Role }[];
  readonly queuesClaim: string | undefined;
}

/** The server's settings, checked; durations in milliseconds. */
export interface Settings extends OutsideSettings {
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
  readonly playground: Audience;
  readonly introspection: Audience;
  /** Where people reach the server, without a trailing slash; undefined for its own address. */
  readonly publicUrl: string | undefined;
  /** Other origins whose pages may use the API. */
  readonly allowedOrigins: readonly string[];
  /** Addresses and ranges whose word on forwarded addresses counts. */
  readonly trustedProxies: readonly string[];
  readonly sessionIdleMs: number;
  readonly sessionMs: number;
  /** Points a minute; 0 for no limit. */
  readonly ratePrincipal: number;
  /** Requests a minute; 0 for no limit. */
  readonly rateAddress: number;
  /** Credentials that do not hold, a minute and address; 0 for no limit. */
  readonly rateFailures: number;
  readonly socketsPerAddress: number;
  readonly socketsPerPrincipal: number;
  readonly subscriptionsPerSocket: number;
  /** Undefined where there is no identity provider. */
  readonly oidc: OidcSettings | undefined;
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
    // Who runs it on their own machine is developing; elsewhere the schema is for those who have signed in.
    playground: read.PLAYGROUND ?? (isDevelopment(read) ? "on" : "signed-in"),
    introspection: read.INTROSPECTION ?? (isDevelopment(read) ? "on" : "signed-in"),
    publicUrl: read.PUBLIC_URL === undefined ? undefined : new URL(read.PUBLIC_URL).origin,
    allowedOrigins: read.ALLOWED_ORIGINS,
    trustedProxies: read.TRUSTED_PROXIES,
    sessionIdleMs: read.SESSION_IDLE_MINUTES * 60_000,
    sessionMs: read.SESSION_HOURS * 3_600_000,
    ratePrincipal: read.RATE_PRINCIPAL,
    rateAddress: read.RATE_ADDRESS,
    rateFailures: read.RATE_FAILURES,
    socketsPerAddress: read.SOCKETS_PER_ADDRESS,
    socketsPerPrincipal: read.SOCKETS_PER_PRINCIPAL,
    subscriptionsPerSocket: read.SUBSCRIPTIONS_PER_SOCKET,
    oidc: oidcSettings(read),
    ...outsideSettings(read),
  };
}

type Read = z.infer<typeof SETTINGS_SCHEMA>;

function isDevelopment({ PUBLIC_URL, HOST }: Read): boolean {
  return PUBLIC_URL === undefined ? isLoopbackHost(HOST) : isLoopbackUrl(PUBLIC_URL);
}

function oidcSettings(read: Read): OidcSettings | undefined {
  if (read.OIDC_ISSUER === undefined) return undefined;
  if (read.OIDC_CLIENT_ID === undefined)
    throw new SettingsError("wrong settings:\n  OIDC_CLIENT_ID: expected with OIDC_ISSUER");
  return {
    issuer: read.OIDC_ISSUER,
    name: read.OIDC_NAME,
    clientId: read.OIDC_CLIENT_ID,
    clientSecret: read.OIDC_CLIENT_SECRET,
    scopes: read.OIDC_SCOPES,
    algorithm: read.OIDC_ALGORITHM,
    audience: read.OIDC_AUDIENCE,
    workspace: read.OIDC_WORKSPACE,
    workspaceClaim: read.OIDC_WORKSPACE_CLAIM,
    rolesClaim: read.OIDC_ROLES_CLAIM,
    roles: read.OIDC_ROLES,
    queuesClaim: read.OIDC_QUEUES_CLAIM,
  };
}
