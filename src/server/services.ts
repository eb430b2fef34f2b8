import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { GraphqlServices } from "../graphql/request-context.js";
import { type Authenticator, createAuthenticator } from "../identity/authenticator.js";
import { createCoreApi } from "../identity/core-api.js";
import { type CoreKeys, createCoreKeys } from "../identity/core-keys.js";
import { createExternalMembers } from "../identity/external-members.js";
import { createOidcClient } from "../identity/oidc-provider-client.js";
import { createProviderCredentials } from "../identity/provider-credentials.js";
import { createSessionCredentials } from "../identity/session-credentials.js";
import { loadSigningKeys, type SigningKeys } from "../identity/signing-key.js";
import { createAuditVerifier } from "../ledger/audit-verifier.js";
import { startCheckpoints } from "../ledger/checkpoint-writer.js";
import { createLedger } from "../ledger/commit-pipeline.js";
import { startDenialRecorder } from "../ledger/denial-recorder.js";
import { startExpiryTimer } from "../ledger/expiry-timer.js";
import type { Ledger } from "../ledger/ledger.js";
import { readHead } from "../ledger/ledger-tail.js";
import { releaseOrphanedHolds } from "../ledger/orphaned-holds.js";
import { PushHub } from "../ledger/push-hub.js";
import { createReadRecorder } from "../ledger/read-recorder.js";
import { createReceiptSigner } from "../ledger/receipt.js";
import { type LinkHolder, unsubscribeUrl } from "../notify/preferences/unsubscribe-link.js";
import { type Database, databaseExists, openDatabase } from "../persistence/database.js";
import { durabilityWarnings } from "../persistence/durability.js";
import { checkSchema, migrate, SchemaError } from "../persistence/schema-check.js";
import { PresenceHub } from "../presence/presence-hub.js";
import { publicBase, signInUrl } from "./addresses.js";
import type { Log } from "./log.js";
import { oidcSignIn } from "./oidc-sign-in.js";
import { openOutside } from "./outside.js";
import type { Settings } from "./settings.js";
import type { SignIn } from "./sign-in.js";

/** Everything that runs behind the transports. */
export interface Services {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
  readonly signIn: SignIn;
  /** Where whoever a mail is sent to can switch such mails off. */
  unsubscribeUrl(holder: LinkHolder): string;
  /** To be told as soon as it is known: sign-ins lead back there where no public URL is set. */
  listeningOn(port: number): void;
  readonly authenticator: Authenticator;
  /** Undefined where no Core's keys are taken. */
  readonly coreKeys: CoreKeys | undefined;
  readonly push: PushHub;
  readonly presence: PresenceHub;
  readonly graphql: GraphqlServices;
  /** Answers what was accepted, writes a last checkpoint, and closes the database. */
  close(): Promise<void>;
}

/** The part that the operator's commands need as well: no timers, no followers. */
export interface OperatorServices {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
  close(): Promise<void>;
}

/** What the operator's part is opened for. */
export type Purpose = "work" | "inspect";

/**
 * Opens the database (migrated, where the settings say so), the signing keys and the ledger.
 * @param purpose `inspect` looks at a schema as it is, also where a server would refuse it: whoever verifies a record that
 *   was tampered with must not be turned away by the traces of it
 */
export async function openOperatorServices(
  settings: Settings,
  log: Log,
  purpose: Purpose = "work",
): Promise<OperatorServices> {
  // Keys, checkpoints and, embedded, the database itself: nobody else's to read.
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  if (purpose === "inspect" && !databaseExists(settings.database)) {
    throw new SchemaError("there is no database to inspect: check DATABASE_URL.");
  }
  const database = await openDatabase(settings.database, settings.databasePool);
  try {
    if (purpose === "inspect") {
      await checkSchema(database).catch((error: unknown) => {
        log.warn(
          `the schema is not as it should be: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
    } else if (settings.migrate) {
      const done = await migrate(database);
      if (done.length > 0) log.info({ migrations: done }, "migrated");
    } else if ((await checkSchema(database)).pending.length > 0) {
      throw new SchemaError("the schema is not migrated, and MIGRATE is off: run `countersign migrate`.");
    }
    for (const warning of await durabilityWarnings(database)) log.warn(warning);
    const keys = await openKeys(settings, database, log, purpose);
    const ledger = createLedger({
      database,
      signer: createReceiptSigner(keys),
      claimMs: settings.claimMs,
      everyRead: settings.recordEveryRead,
    });
    const close = async (): Promise<void> => {
      await ledger.close();
      await database.close();
    };
    return { database, ledger, keys, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens everything that a server runs. */
export async function openServices(settings: Settings, log: Log): Promise<Services> {
  const operator = await openOperatorServices(settings, log);
  const { database, ledger, keys } = operator;
  const reads = createReadRecorder(ledger, database, { everyRead: settings.recordEveryRead });
  const denials = startDenialRecorder(ledger, (error) =>
    log.warn({ err: error }, "denials could not be put on record; it is tried again"),
  );
  const sessions = createSessionCredentials({
    database,
    idleMs: settings.sessionIdleMs,
    now: Date.now,
    onError: (error) => log.warn({ err: error }, "it could not be noted that a session is in use"),
  });
  const address = { port: settings.port };
  const base = (): string => publicBase(settings, address.port);
  const external = openProvider(settings, operator, base, log);
  const authenticator = createAuthenticator({
    database,
    keys,
    sessions,
    // Without an audience to hold them against, none of the provider's JWTs is taken.
    provider: settings.oidc?.audience === undefined ? undefined : external?.credentials,
  });
  const push = new PushHub({
    database,
    reads,
    pollMs: settings.ledgerPollMs,
    onError: (error) => log.warn({ err: error }, "the ledger could not be followed; it is tried again"),
  });
  ledger.onCommit((workspaceId, sequence) => push.wake(workspaceId, sequence));
  const presence = new PresenceHub({
    database,
    now: Date.now,
    onError: (error) =>
      log.warn({ err: error }, "who has a ticket open could not be shared; it is tried again"),
  });
  const expiry = startExpiryTimer({
    database,
    ledger,
    everyMs: settings.expiryMs,
    onError: (error) => log.warn({ err: error }, "deadlines could not be looked at; it is tried again"),
  });
  const checkpoints = startCheckpoints({
    database,
    keys,
    dir: checkpointsDir(settings),
    url: settings.checkpointUrl,
    intervalMs: settings.checkpointMs,
    log,
  });
  const verifier = createAuditVerifier({
    location: settings.database,
    keys,
    checkpoints: checkpointsDir(settings),
    now: Date.now,
  });
  const outside = openOutside({
    settings,
    database,
    ledger,
    base,
    unsubscribeUrl: (holder) => unsubscribeUrl(keys, base(), holder),
    log,
  });
  return {
    ...operator,
    push,
    presence,
    authenticator,
    coreKeys: openCoreKeys(settings, operator, authenticator, log),
    unsubscribeUrl: (holder) => unsubscribeUrl(keys, base(), holder),
    listeningOn: (port) => {
      address.port = port;
    },
    signIn: {
      store: { ledger, database, sessionMs: settings.sessionMs },
      sessions,
      authenticator,
      provider: external?.signIn,
    },
    graphql: {
      ledger,
      push,
      presence,
      reads,
      denials,
      verifier,
      telling: outside.telling,
      signInUrl: (link) => signInUrl(settings, address.port, link),
      mailConfigured: settings.mail !== undefined,
      releaseHolds: async (holder) => {
        try {
          await releaseOrphanedHolds({ database, ledger }, holder);
        } catch (error) {
          log.warn({ err: error }, "what somebody held could not be released; it is tried again");
        }
      },
      read: database.read,
      now: Date.now,
      head: (workspaceId) => readHead(database.read, workspaceId),
    },
    close: async () => {
      push.close();
      const verifying = verifier.close();
      await expiry.close();
      // What cannot be committed within the time that a shutdown has is not acknowledged either.
      const within = <Result>(work: Promise<Result>): Promise<Result | undefined> =>
        Promise.race([work, pause(settings.shutdownMs, undefined, { ref: false })]);
      await within(outside.close());
      await within(presence.close());
      await within(denials.close());
      await within(ledger.close());
      await within(checkpoints.close());
      await within(verifying);
      await within(database.close());
    },
  };
}

/** Where checkpoints are kept, outside the database. */
export function checkpointsDir({ dataDir }: Pick<Settings, "dataDir">): string {
  return join(dataDir, "checkpoints");
}

/** The identity provider, where there is one; it is not asked anything yet. */
function openProvider(
  settings: Settings,
  { database, ledger }: OperatorServices,
  base: () => string,
  log: Log,
) {
  const { oidc } = settings;
  if (oidc === undefined) return undefined;
  const client = createOidcClient(oidc, {
    redirectUri: () => `${base()}/auth/oidc/callback`,
    log,
  });
  const members = createExternalMembers(ledger, database);
  return {
    signIn: oidcSignIn(oidc, client, members),
    credentials: createProviderCredentials({ database, client, members, rules: oidc, now: Date.now }),
  };
}

/** How long a Core may take to answer. */
const CORE_MS = 5_000;

/** The Core's keys, where they are taken; it is not asked anything yet. */
function openCoreKeys(
  { core }: Settings,
  { database, ledger }: OperatorServices,
  authenticator: Authenticator,
  log: Log,
): CoreKeys | undefined {
  if (core?.checksKeys !== true) return undefined;
  const api = createCoreApi({ url: core.url, timeoutMs: CORE_MS });
  return createCoreKeys({ core: api, workspace: core.workspace, ledger, database, authenticator, log });
}

async function openKeys(
  settings: Settings,
  database: Database,
  log: Log,
  purpose: Purpose,
): Promise<SigningKeys> {
  const keys = await loadSigningKeys({
    signingKey: settings.signingKey,
    retiredKeys: settings.retiredKeys,
    dataDir: settings.dataDir,
    dialectShared: database.dialect.shared,
    // A key made for an inspection would only make every receipt look forged.
    writable: purpose === "work",
  });
  for (const warning of keys.warnings) log.warn(warning);
  return keys;
}
