import { createHash } from "node:crypto";
import { decodeJwt } from "jose";
import { typeid } from "typeid-js";
import { DomainError } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Database } from "../persistence/database.js";
import { findKey, listKeyRows } from "../persistence/key-queries.js";
import { insertPrincipal } from "../persistence/principal-queries.js";
import type { PrincipalRow } from "../persistence/rows.js";
import {
  type ExternalIdentityWithPrincipalRow,
  findExternalIdentity,
  insertExternalIdentity,
} from "../persistence/sign-in-queries.js";
import { looksLikeApiKey, parseApiKey } from "./api-key.js";
import type { Authenticator } from "./authenticator.js";
import type { CoreApi, CoreToken } from "./core-api.js";
import { type Credential, earliest, unauthenticated } from "./credential.js";
import { keyCredential } from "./key-credentials.js";
import { planKey } from "./keys.js";
import { memberEvent } from "./members.js";
import { requiredName } from "./names.js";
import { findWorkspaceByName, systemActor } from "./workspaces.js";

/** Keys that a Core knows, beside those of ours. */
export interface CoreKeys {
  /** Whether a text could be a key at all; what could not is not shown to the Core. */
  couldBeKey(text: string): boolean;
  /**
   * Who presents this key: one of ours, or an agent that stands for one that the Core takes. The credential is that of the agent's
   * key row, and ends no later than what the Core gave for it.
   * @throws DomainError UNAUTHENTICATED where neither knows it, or the agent or its key has ended here; UNAVAILABLE where the
   *   Core cannot be asked
   */
  authenticate(text: string): Promise<Credential>;
}

export interface CoreKeysOptions {
  readonly core: CoreApi;
  /** Name of the workspace where the agents belong. */
  readonly workspace: string;
  readonly ledger: Ledger;
  readonly database: Pick<Database, "read">;
  readonly authenticator: Pick<Authenticator, "authenticate">;
  readonly log: { warn(facts: object, message: string): void };
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** Visible ASCII, as what goes into a header has to be. */
const KEY_SHAPE = /^[\x21-\x7e]{1,512}$/;
/** Secrets of ours that are no keys: sessions and sign-in links. */
const OTHER_SECRETS = /^cs[sl]_/;
/** Keys that the Core is asked about at a time; a slow Core must not hold whoever comes. */
const ASKED_AT_ONCE = 64;
/** After how many seconds another try is worth it where the Core does not say. */
const RETRY_SECONDS = 5;

export function createCoreKeys(options: CoreKeysOptions): CoreKeys {
  const { core, database, authenticator, log, now = Date.now } = options;
  const asking = new Map<string, Promise<Credential>>();

  async function admit(text: string, digest: string): Promise<Credential> {
    const answer = await core.authenticate(text);
    if (answer.outcome === "REFUSED") throw unauthenticated();
    if (answer.outcome === "FAILED") {
      const { problem, retryAfterMs } = answer;
      log.warn({ problem }, "a key could not be checked");
      throw unavailable(retryAfterMs === undefined ? RETRY_SECONDS : Math.ceil(retryAfterMs / 1_000));
    }
    return agentOf(options, digest, answer.value, now());
  }

  return {
    couldBeKey: (text) =>
      looksLikeApiKey(text) || (KEY_SHAPE.test(text) && !OTHER_SECRETS.test(text) && !isJwt(text)),
    async authenticate(text) {
      if (looksLikeApiKey(text)) {
        try {
          return await authenticator.authenticate(text);
        } catch (error) {
          // A Core may itself be a Countersign. What is mistyped, or was a key of ours, is shown to nobody.
          const id = parseApiKey(text)?.id;
          if (!isUnauthenticated(error) || id === undefined) throw error;
          if ((await findKey(database.read, id)) !== undefined) throw error;
        }
      }
      const digest = createHash("sha256").update(text).digest("hex");
      const under = asking.get(digest);
      if (under !== undefined) return under;
      if (asking.size >= ASKED_AT_ONCE) throw unavailable(1);
      const asked = admit(text, digest).finally(() => asking.delete(digest));
      asking.set(digest, asked);
      return asked;
    },
  };
}

/** The agent that stands for a key which the Core takes: found, or made on its first use. */
async function agentOf(
  { core, workspace: name, ledger, database }: CoreKeysOptions,
  digest: string,
  given: CoreToken,
  now: number,
): Promise<Credential> {
  const workspace = await findWorkspaceByName(database.read, name);
  if (workspace === undefined)
    throw new DomainError("FORBIDDEN", "Keys of the Core open no workspace here. Ask whoever runs this.");
  const subject = `sha256:${digest}`;
  const identity = { id: identityId(workspace.id, core.url, subject), issuer: core.url, subject };
  let known = await findExternalIdentity(database.read, identity.id);
  if (known === undefined) {
    await makeAgent(ledger, {
      workspaceId: workspace.id,
      actor: await systemActor(database.read, workspace.id),
      name: nameOf(given, digest),
      identity,
    });
    known = await findExternalIdentity(database.read, identity.id);
    if (known === undefined) throw new Error("an identity was committed and is not there");
  }
  const credential = keyCredential(await keyRow(database, known), null, now);
  return { ...credential, expiresAt: earliest(credential.expiresAt, given.expiresAt) };
}

interface NewAgent {
  readonly workspaceId: string;
  readonly actor: Awaited<ReturnType<typeof systemActor>>;
  readonly name: string;
  readonly identity: { readonly id: string; readonly issuer: string; readonly subject: string };
}

/**
 * On record as MEMBER_CHANGED, with the identity, and API_KEY_CREATED: tokens hang on that row as on any key's, so that revoking it
 * or removing the agent ends them. Its own text is thrown away: nobody comes in with that.
 */
async function makeAgent(ledger: Ledger, { workspaceId, actor, name, identity }: NewAgent): Promise<void> {
  const { id: identityId, issuer, subject } = identity;
  const plan = planKey({ workspaceId, actor, expiresAt: null }, async (sql, at) => {
    const row: PrincipalRow = {
      id: typeid("principal").toString(),
      workspace_id: workspaceId,
      name,
      kind: "AGENT",
      roles: JSON.stringify(["AGENT"]),
      queues: null,
      email: null,
      created_at: at,
      removed_at: null,
    };
    await insertPrincipal(sql, row);
    await insertExternalIdentity(sql, {
      id: identityId,
      workspace_id: workspaceId,
      principal_id: row.id,
      issuer,
      subject,
      claims_at: at,
      created_at: at,
    });
    return { principal: row, events: [memberEvent(row, { identity: { identityId, issuer, subject } })] };
  });
  await ledger.change({
    workspaceId,
    actor,
    events: [],
    // Under the lock of the ledger's head: of those who come first at the same moment, one makes the agent.
    write: async (sql, at) =>
      (await findExternalIdentity(sql, identityId)) === undefined ? plan.write(sql, at) : [],
  });
}

/** The row that was made with the identity; keys that an ADMIN gave the agent since are others. */
async function keyRow(database: Pick<Database, "read">, known: ExternalIdentityWithPrincipalRow) {
  const rows = await listKeyRows(database.read, known.workspace_id, known.principal_id);
  const row = rows.find(({ created_at }) => created_at === known.created_at);
  if (row === undefined) throw unauthenticated();
  return row;
}

/** Four parts, where an identity at a provider has three: whatever a provider says, it is nobody that a Core knows. */
function identityId(workspaceId: string, issuer: string, subject: string): string {
  return createHash("sha256")
    .update(JSON.stringify(["core", workspaceId, issuer, subject]))
    .digest("hex");
}

function nameOf({ name }: CoreToken, digest: string): string {
  try {
    return requiredName(name, "name", LIMITS.principalName);
  } catch {
    return `Core key ${digest.slice(0, 8)}`;
  }
}

/** A token, whoever's: it is exchanged by nobody, and shown to nobody. */
function isJwt(text: string): boolean {
  try {
    decodeJwt(text);
    return true;
  } catch {
    return false;
  }
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof DomainError && error.code === "UNAUTHENTICATED";
}

function unavailable(retryAfter: number): DomainError {
  return new DomainError(
    "UNAVAILABLE",
    `This key has to be checked with the Core, which cannot be asked now. Try again in ${retryAfter} s.`,
    { retryAfter },
  );
}
