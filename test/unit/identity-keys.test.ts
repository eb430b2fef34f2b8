import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PrincipalRef, Role } from "../../src/domain/principal.js";
import {
  createKey,
  createPrincipalWithKey,
  listKeys,
  type NewPrincipal,
  revokeKey,
} from "../../src/identity/keys.js";
import { createQueue, listQueues } from "../../src/identity/queues.js";
import {
  createWorkspace,
  findWorkspaceById,
  findWorkspaceByName,
  listWorkspaces,
  systemActor,
} from "../../src/identity/workspaces.js";
import { genesisHash } from "../../src/ledger/event-body.js";
import { databases } from "../support/databases.js";
import { openTestLedger, type TestLedger } from "../support/test-ledger.js";

describe.each(databases)("workspaces, queues and keys, on $name", (kind) => {
  let test: TestLedger;
  let workspaceId: string;
  let actor: PrincipalRef;

  beforeAll(async () => {
    test = await openTestLedger(kind);
    workspaceId = test.workspaceId;
    actor = await systemActor(test.database.read, workspaceId);
  });
  afterAll(() => test.close());

  const create = (overrides: Partial<NewPrincipal> = {}) =>
    createPrincipalWithKey(test.ledger, {
      workspaceId,
      name: "Ada",
      kind: "HUMAN",
      roles: ["REVIEWER"],
      queues: null,
      expiresAt: null,
      actor,
      ...overrides,
    });
  const lastEvents = async (count: number) => {
    const rows = await test.database.read.query<{ type: string; body: string; occurred_at: number }>(
      `SELECT type, body, occurred_at FROM audit_event WHERE workspace_id = ? ORDER BY sequence DESC LIMIT ${count}`,
      [workspaceId],
    );
    return rows.reverse().map((row) => ({ ...row, body: JSON.parse(row.body) }));
  };

  describe("a workspace", () => {
    it("begins with a queue, an empty ledger and the principal of what Countersign does itself", async () => {
      const { database } = test;
      const made = await createWorkspace(database, "Agency of loans");
      expect(await findWorkspaceByName(database.read, "Agency of loans")).toEqual(made);
      expect(await findWorkspaceById(database.read, made.id)).toEqual(made);
      expect((await listWorkspaces(database.read)).map((one) => one.name)).toEqual([
        "Agency of loans",
        "test",
      ]);
      expect(await listQueues(database.read, made.id)).toMatchObject([
        { name: "default", minimumApprovals: 1 },
      ]);
      expect(await systemActor(database.read, made.id)).toMatchObject({
        kind: "SYSTEM",
        name: "Countersign",
      });
      const heads = await database.read.query(
        "SELECT sequence, hash FROM ledger_head WHERE workspace_id = ?",
        [made.id],
      );
      expect(heads.map((row) => ({ ...(row as object) }))).toEqual([
        { sequence: 0, hash: genesisHash(made.id) },
      ]);
    });

    it("has a name of its own, whoever else is creating it", async () => {
      const { database } = test;
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => createWorkspace(database, "Contested")));
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
      await expect(createWorkspace(database, "Contested")).rejects.toMatchObject({
        code: "BAD_USER_INPUT",
        details: { field: "name" },
      });
      expect(await findWorkspaceByName(database.read, "contested")).toBeUndefined();
      expect(await findWorkspaceByName(database.read, "Contested ")).toBeUndefined();
    });

    it.each(["", "  ", " x", "x\n", "a\u0007b", "x".repeat(201), "\ud800"])(
      "is not named %j",
      async (name) => {
        await expect(createWorkspace(test.database, name)).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
      },
    );
  });

  describe("a queue", () => {
    it("is created on the record", async () => {
      const queue = await createQueue(test.ledger, {
        workspaceId,
        name: "loans",
        minimumApprovals: 2,
        actor,
      });
      expect(await listQueues(test.database.read, workspaceId)).toContainEqual(queue);
      const [event] = await lastEvents(1);
      expect(event).toMatchObject({
        type: "SETTINGS_CHANGED",
        body: { actor, data: { setting: "queue", queue: "loans", minimumApprovals: 2 } },
      });
    });

    it("is refused with a name that is taken, or a minimum that is none", async () => {
      const refused = (name: string, minimumApprovals: number) =>
        expect(
          createQueue(test.ledger, { workspaceId, name, minimumApprovals, actor }),
        ).rejects.toMatchObject({
          code: "BAD_USER_INPUT",
        });
      const before = await lastEvents(1);
      await refused("default", 1);
      for (const minimum of [0, 1.5, 21, Number.NaN]) await refused("other", minimum);
      await refused("", 1);
      expect(await lastEvents(1)).toEqual(before);
    });
  });

  describe("a key", () => {
    it("comes with its principal, on the record without its secret, and is shown once", async () => {
      const made = await create({
        name: "Grace",
        roles: ["ADMIN", "REVIEWER", "REVIEWER"],
        queues: ["default"],
      });
      expect(made).toMatchObject({
        kind: "HUMAN",
        roles: ["REVIEWER", "ADMIN"],
        queues: ["default"],
        revokedAt: null,
      });
      expect(made.key).toMatch(/^csk_/);
      const { key, ...info } = made;
      expect(await listKeys(test.database.read, workspaceId)).toContainEqual(info);
      const [member, created] = await lastEvents(2);
      const { principalId, id: keyId, createdAt } = made;
      const data = {
        principalId,
        name: "Grace",
        kind: "HUMAN",
        roles: ["REVIEWER", "ADMIN"],
        queues: ["default"],
      };
      expect(member).toMatchObject({ type: "MEMBER_CHANGED", body: { data } });
      expect(created).toMatchObject({ type: "API_KEY_CREATED", occurred_at: createdAt });
      expect(created!.body.data).toEqual({
        ...data,
        keyId,
        label: "Grace",
        onBehalfOf: null,
        expiresAt: null,
        fingerprint: expect.any(String),
      });
      const [row] = await test.database.read.query<{ secret_hash: string }>(
        "SELECT * FROM api_key WHERE id = ?",
        [keyId],
      );
      for (const stored of [JSON.stringify(row), JSON.stringify(created)])
        expect(stored).not.toContain(key.slice(31, 74));
      expect(JSON.stringify(created)).not.toContain(row!.secret_hash);
    });

    it.each<[string, Partial<NewPrincipal>, string]>([
      ["an agent that reviews", { kind: "AGENT", roles: ["AGENT", "REVIEWER"] }, "roles"],
      ["an agent that administers", { kind: "AGENT", roles: ["ADMIN"] }, "roles"],
      ["the system", { kind: "SYSTEM" as "AGENT" }, "kind"],
      ["no role", { roles: [] }, "roles"],
      ["a role that there is not", { roles: ["GOD" as Role] }, "roles"],
      ["a queue that there is not", { queues: ["default", "nowhere"] }, "queues"],
      ["no queue at all", { queues: [] }, "queues"],
      ["a name that is none", { name: " " }, "name"],
      ["an end in the past", { expiresAt: Date.now() - 1 }, "expiresAt"],
      ["an end that is none", { expiresAt: Number.NaN }, "expiresAt"],
    ])("is refused for %s, and leaves no trace", async (_, overrides, field) => {
      const before = [await lastEvents(1), await listKeys(test.database.read, workspaceId)];
      await expect(create(overrides)).rejects.toMatchObject({ code: "BAD_USER_INPUT", details: { field } });
      expect([await lastEvents(1), await listKeys(test.database.read, workspaceId)]).toEqual(before);
    });

    it("can be given to a principal that has one, so that it can be changed with an overlap", async () => {
      const first = await create({ name: "Rotating" });
      const input = { workspaceId, principalId: first.principalId, expiresAt: Date.now() + 60_000, actor };
      const second = await createKey(test.ledger, input);
      expect(second).toMatchObject({ principalId: first.principalId, name: "Rotating", roles: ["REVIEWER"] });
      expect(second.id).not.toBe(first.id);
      const [event] = await lastEvents(1);
      expect(event).toMatchObject({ type: "API_KEY_CREATED", body: { data: { keyId: second.id } } });
      const elsewhere = await createWorkspace(test.database, "Elsewhere");
      await expect(createKey(test.ledger, { ...input, workspaceId: elsewhere.id })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(createKey(test.ledger, { ...input, principalId: actor.id })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    it("is revoked once, on the record, however many do it at once", async () => {
      const { id: keyId, principalId } = await create({ name: "Leaving" });
      const input = { workspaceId, keyId, actor };
      const revoke = () => revokeKey(test.ledger, input);
      const outcomes = await Promise.all([revoke(), revoke(), revoke()]);
      const again = await revoke();
      expect(new Set(outcomes.map((key) => key.revokedAt))).toEqual(new Set([again.revokedAt]));
      expect(again.revokedAt).not.toBeNull();
      const rows = await test.database.read.query<{ body: string; occurred_at: number }>(
        "SELECT body, occurred_at FROM audit_event WHERE type = 'API_KEY_REVOKED' AND workspace_id = ?",
        [workspaceId],
      );
      const events = rows.filter((row) => row.body.includes(keyId));
      expect(events).toHaveLength(1);
      expect(events[0]!.occurred_at).toBe(again.revokedAt);
      expect(JSON.parse(events[0]!.body)).toMatchObject({ actor, data: { keyId, principalId } });
    });

    it("of another workspace is not found", async () => {
      const { id: keyId } = await create();
      const other = await createWorkspace(test.database, "Somewhere else");
      for (const input of [
        { workspaceId: other.id, keyId, actor },
        { workspaceId, keyId: "key_00000000000000000000000000", actor },
        { workspaceId, keyId: `${keyId} `, actor },
      ]) {
        const refused = revokeKey(test.ledger, input);
        await expect(refused).rejects.toMatchObject({ code: "NOT_FOUND" });
      }
      expect(await listKeys(test.database.read, other.id)).toEqual([]);
    });
  });
});
