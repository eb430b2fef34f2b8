import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { createConnection } from "mysql2/promise";
import { inject } from "vitest";
import type { Actor, PrincipalKind, PrincipalRef, Role } from "../../src/domain/principal.js";
import { checkProposal, type JsonObject } from "../../src/domain/proposal.js";
import type { Decide, Submit, TicketCommand } from "../../src/domain/ticket-command.js";
import type { ReviewOutcome } from "../../src/domain/ticket-state.js";
import { createPrincipalWithKey, revokeKey } from "../../src/identity/keys.js";
import { changeMember, inviteMember, removeMember } from "../../src/identity/members.js";
import { createQueue } from "../../src/identity/queues.js";
import { signInByLink } from "../../src/identity/sessions.js";
import { loadSigningKeys, type SigningKeys } from "../../src/identity/signing-key.js";
import { createWorkspace, systemActor, type Workspace } from "../../src/identity/workspaces.js";
import { createLedger } from "../../src/ledger/commit-pipeline.js";
import type { Ledger, TicketOutcome } from "../../src/ledger/ledger.js";
import { createReceiptSigner } from "../../src/ledger/receipt.js";
import { type Database, openDatabase } from "../../src/persistence/database.js";
import { type DatabaseLocation, parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { migrate } from "../../src/persistence/schema-check.js";
import type { Sql, SqlValue } from "../../src/persistence/sql.js";
import type { DatabaseKind } from "../support/databases.js";
import { until } from "../support/until.js";

/** A database with ledgers on it, and keys that really sign. */
export interface AuditWorld {
  readonly database: Database;
  readonly location: DatabaseLocation;
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
  readonly dataDir: string;
  readonly workspace: Workspace;
  readonly close: () => Promise<void>;
}

export async function openAuditWorld(kind: DatabaseKind): Promise<AuditWorld> {
  const testDatabase = await kind.create();
  const location = parseDatabaseUrl(testDatabase.url);
  const dataDir = await mkdtemp(join(inject("runDirectory"), "audit-"));
  const database = await openDatabase(location);
  await migrate(database);
  const keys = await loadSigningKeys({
    signingKey: undefined,
    retiredKeys: undefined,
    dataDir,
    dialectShared: false,
    writable: true,
  });
  const ledger = createLedger({
    database,
    signer: createReceiptSigner(keys),
    claimMs: 60_000,
    everyRead: false,
  });
  const workspace = await createWorkspace(database, "audited");
  return {
    database,
    location,
    ledger,
    keys,
    dataDir,
    workspace,
    close: async () => {
      await ledger.close();
      await database.close();
      await testDatabase.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function member(
  { database, ledger }: AuditWorld,
  workspace: Workspace,
  name: string,
  kind: Exclude<PrincipalKind, "SYSTEM">,
  roles: Role[],
): Promise<Actor & { keyId: string }> {
  const actor = await systemActor(database.read, workspace.id);
  const input = { workspaceId: workspace.id, name, kind, roles, queues: null, expiresAt: null, actor };
  const key = await createPrincipalWithKey(ledger, input);
  return { id: key.principalId, name, kind, workspaceId: workspace.id, roles, queues: null, keyId: key.id };
}

/** Tickets by what becomes of them. */
export interface Story {
  readonly approved: string;
  readonly approvedByTwo: string;
  readonly amended: string;
  readonly withdrawn: string;
  readonly expired: string;
  readonly pending: string;
  /** By an agent behind whose key somebody stands. */
  readonly byNamedAgent: string;
}

/** Everything that can happen to tickets, and some of what happens beside them. */
export async function tellStory(world: AuditWorld, workspace = world.workspace): Promise<Story> {
  const { ledger, database } = world;
  const agent = await member(world, workspace, "Agent", "AGENT", ["AGENT"]);
  const ada = await member(world, workspace, "Ada", "HUMAN", ["REVIEWER"]);
  const bob = await member(world, workspace, "Bob", "HUMAN", ["REVIEWER", "ADMIN"]);
  const left = await member(world, workspace, "Who left", "HUMAN", ["REVIEWER"]);
  const operator = await systemActor(database.read, workspace.id);
  const system: Actor = { ...operator, workspaceId: workspace.id, roles: [], queues: null };
  await revokeKey(ledger, { workspaceId: workspace.id, keyId: left.keyId, actor: operator });
  await tellOfMembers(world, workspace, operator, ada);
  const late = await member(world, workspace, "Late reviewer", "HUMAN", ["AUDITOR"]);
  await createQueue(ledger, {
    workspaceId: workspace.id,
    name: "loans",
    minimumApprovals: 2,
    actor: operator,
  });
  const run = (actor: Actor, ticketId: string, command: TicketCommand): Promise<TicketOutcome> =>
    ledger.execute({ actor, ticketId, command });
  const submit = async (title: string, overrides: Partial<Submit> = {}): Promise<string> => {
    const idempotency = {
      mutation: "submitReview",
      key: `${workspace.id}/${title}`,
      contentHash: "c".repeat(64),
    };
    const outcome = await ledger.execute({
      actor: agent,
      command: submission(title, overrides),
      idempotency,
    });
    return outcome.ticket.state.id;
  };

  const approved = await submit("Späte Gebühr \u{1F4B6} \u2028 erlassen", {
    priority: "URGENT",
    dueAt: 4_000_000_000_000,
  });
  await run(ada, approved, { kind: "claim" });
  await run(agent, approved, { kind: "comment", body: "It's about 100 €." });
  await run(ada, approved, decision(1, "APPROVED", "fine"));
  await run(agent, approved, { kind: "recordRead", revision: 1, status: "APPROVED", via: "QUERY" });

  const approvedByTwo = await submit("Raise the limit", { queue: "loans" });
  await run(ada, approvedByTwo, decision(1, "APPROVED", null));
  await run(ada, approvedByTwo, { kind: "retract", revision: 1 });
  await run(ada, approvedByTwo, decision(1, "APPROVED", "on second thoughts"));
  await run(bob, approvedByTwo, decision(1, "APPROVED", null));

  const amended = await submit("Expand the term");
  await run(bob, amended, decision(1, "NEEDS_CHANGES", "shorter, please"));
  await run(agent, amended, { kind: "resubmit", proposal: text("Expand the term a little"), answers: 1 });
  await run(bob, amended, {
    ...decision(2, "APPROVED", "like this"),
    amendment: text("Expand the term by a year"),
  });

  const named: Actor = { ...agent, onBehalfOf: ada.id };
  const byNamed = await ledger.execute({ actor: named, command: submission("By Ada's agent") });
  const byNamedAgent = byNamed.ticket.state.id;
  await changeMember(ledger, {
    workspaceId: workspace.id,
    principalId: late.id,
    roles: ["REVIEWER"],
    actor: operator,
  });

  const withdrawn = await submit("A mistake");
  // In another millisecond, so that the ticket's time of change tells which of its events set it.
  const submittedAt = Date.now();
  await until(() => Date.now() > submittedAt + 1, { intervalMs: 1 });
  await run(agent, withdrawn, { kind: "withdraw", reason: "never mind" });

  const expired = await submit("Too late", { expiresAt: Date.now() + 1_500 });
  const pending = await submit("Wait for me", { approvalsRequired: 2, expiresAt: 4_000_000_000_000 });
  await run(bob, pending, { kind: "assign", assigneeId: ada.id });
  await run(bob, pending, { kind: "release" });
  await run(bob, pending, decision(1, "APPROVED", null));
  await run(ada, pending, { kind: "claim" });
  const aside = { kind: "snooze", until: Date.now() + 3_600_000, revision: 1 } as const;
  await run(left, pending, aside);
  await run(left, byNamedAgent, aside);
  await run(left, byNamedAgent, { kind: "unsnooze" });
  await until(async () => (await run(system, expired, { kind: "expire" })).settled !== null, {
    intervalMs: 50,
  });
  return { approved, approvedByTwo, amended, withdrawn, expired, pending, byNamedAgent };
}

/** Somebody who was removed, somebody who was invited and came in, and a key with somebody behind it. */
async function tellOfMembers(
  world: AuditWorld,
  workspace: Workspace,
  operator: PrincipalRef,
  behind: Actor,
): Promise<void> {
  const { ledger, database } = world;
  const { id: workspaceId } = workspace;
  const removed = await member(world, workspace, "Who was removed", "HUMAN", ["REVIEWER"]);
  await removeMember(ledger, { workspaceId, principalId: removed.id, actor: operator });
  const email = "invited@example.org";
  const { link } = await inviteMember(ledger, {
    workspaceId,
    email,
    name: "Invited",
    roles: ["AUDITOR"],
    actor: operator,
  });
  await signInByLink({ ledger, database, sessionMs: 3_600_000 }, link.text, Date.now());
  await createPrincipalWithKey(ledger, {
    workspaceId,
    name: "Named agent",
    kind: "AGENT",
    roles: ["AGENT"],
    queues: null,
    expiresAt: null,
    onBehalfOf: behind.id,
    actor: operator,
  });
}

export function text(title: string) {
  const payload: JsonObject = { title, nested: { "10": [1, 2.5e-7], "9": null } };
  return checkProposal({ title, detail: `Detail of ${title}\nin two lines`, payload });
}

export function submission(title: string, overrides: Partial<Submit> = {}): Submit {
  return {
    kind: "submit",
    proposal: text(title),
    queue: "default",
    priority: "NORMAL",
    dueAt: null,
    expiresAt: null,
    approvalsRequired: 1,
    ...overrides,
  };
}

export function decision(revision: number, outcome: ReviewOutcome, comments: string | null): Decide {
  return { kind: "decide", revision, outcome, comments, amendment: null };
}

/** A database client that knows nothing of Countersign: what an administrator, or an intruder, has. */
export interface RawClient extends Sql {
  close(): Promise<void>;
}

export async function rawClient(location: DatabaseLocation): Promise<RawClient> {
  if (location.dialect === "sqlite") {
    const connection = new SqliteDatabase(location.path);
    return {
      query: async <Row>(statement: string, values: readonly SqlValue[] = []) => {
        const prepared = connection.prepare(statement);
        return (prepared.reader ? prepared.all(...values) : [prepared.run(...values)]) as Row[];
      },
      close: async () => {
        connection.close();
      },
    };
  }
  const connection = await createConnection({ uri: location.url, supportBigNumbers: true });
  return {
    query: async <Row>(statement: string, values: readonly SqlValue[] = []) => {
      const [rows] = await connection.query(statement, [...values]);
      return rows as Row[];
    },
    close: () => connection.end(),
  };
}

/** What an intruder does first. */
export async function dropTriggers(client: RawClient, location: DatabaseLocation): Promise<void> {
  const names = await client.query<{ name: string }>(
    location.dialect === "sqlite"
      ? "SELECT name FROM sqlite_master WHERE type = 'trigger'"
      : "SELECT trigger_name AS name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
  );
  for (const { name } of names) await client.query(`DROP TRIGGER ${name}`);
}
