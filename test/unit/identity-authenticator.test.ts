import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import { newApiKey } from "../../src/identity/api-key.js";
import { type Authenticator, createAuthenticator } from "../../src/identity/authenticator.js";
import type { Credential } from "../../src/identity/credential.js";
import {
  type CreatedKey,
  createPrincipalWithKey,
  type NewPrincipal,
  revokeKey,
} from "../../src/identity/keys.js";
import { loadSigningKeys, type SigningKeys } from "../../src/identity/signing-key.js";
import { issueToken } from "../../src/identity/token.js";
import { systemActor } from "../../src/identity/workspaces.js";
import type { Sql } from "../../src/persistence/sql.js";
import { databases } from "../support/databases.js";
import { openTestLedger, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

describe.each(databases)("authentication, on $name", (kind) => {
  let test: TestLedger;
  let keys: SigningKeys;
  let authenticator: Authenticator;
  /** What the authenticator takes for the present. */
  let clock = 0;
  let statements = 0;

  beforeAll(async () => {
    test = await openTestLedger(kind);
    const dataDir = await mkdtemp(join(inject("runDirectory"), "auth-"));
    const choices = {
      signingKey: undefined,
      retiredKeys: undefined,
      dataDir,
      dialectShared: false,
      writable: true,
    };
    keys = await loadSigningKeys(choices);
    const read: Sql = {
      query: (text, values) => {
        statements += 1;
        return test.database.read.query(text, values);
      },
    };
    authenticator = createAuthenticator({ database: { read }, keys, now: () => Date.now() + clock });
  });
  afterAll(() => test.close());

  const actor = () => systemActor(test.database.read, test.workspaceId);
  const create = async (overrides: Partial<NewPrincipal> = {}): Promise<CreatedKey> =>
    createPrincipalWithKey(test.ledger, {
      workspaceId: test.workspaceId,
      name: "Ada",
      kind: "HUMAN",
      roles: ["REVIEWER"],
      queues: null,
      expiresAt: null,
      actor: await actor(),
      ...overrides,
    });
  const revoke = async (keyId: string) =>
    revokeKey(test.ledger, {
      workspaceId: test.workspaceId,
      keyId,
      actor: await actor(),
    });
  const tokenFor = async ({ principalId, id, expiresAt }: CreatedKey, seconds = 900): Promise<string> => {
    const subject = { principalId, workspaceId: test.workspaceId, keyId: id };
    return (await issueToken(keys, subject, { seconds, keyExpiresAt: expiresAt, now: Date.now() })).token;
  };
  const refusal = async (bearer: string): Promise<DomainError> => {
    const error = await authenticator.authenticate(bearer).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DomainError);
    return error as DomainError;
  };

  it("takes the actor from the key, with its roles and queues", async () => {
    const key = await create({ name: "Grace", roles: ["REVIEWER", "AUDITOR"], queues: ["default"] });
    expect(await authenticator.authenticate(key.key)).toEqual({
      actor: {
        id: key.principalId,
        name: "Grace",
        kind: "HUMAN",
        workspaceId: test.workspaceId,
        roles: ["REVIEWER", "AUDITOR"],
        queues: ["default"],
      },
      kind: "API_KEY",
      id: key.id,
      expiresAt: null,
    });
  });

  it("takes a token for the key that it was made from, until the earlier end of both", async () => {
    const expiresAt = Date.now() + 3_600_000;
    const key = await create({ expiresAt });
    const [byKey, byToken] = [
      await authenticator.authenticate(key.key),
      await authenticator.authenticate(await tokenFor(key)),
    ];
    expect(byToken.actor).toEqual(byKey.actor);
    expect(byToken.id).toBe(key.id);
    expect(byKey.expiresAt).toBe(expiresAt);
    expect(byToken.expiresAt).toBeLessThan(expiresAt);
    expect(byToken.expiresAt).toBeGreaterThan(Date.now());
  });

  it("says the same of every credential that it refuses", async () => {
    const key = await create();
    const revoked = await create();
    await revoke(revoked.id);
    const other = newApiKey().text;
    const expiring = await create({ expiresAt: Date.now() + 60_000 });
    const expired = await tokenFor(expiring);
    clock = 3_600_000;
    const messages = [await refusal(expiring.key), await refusal(expired)];
    clock = 0;
    const foreign = { principalId: key.principalId, workspaceId: "workspace_x", keyId: key.id };
    const limits = { seconds: 60, keyExpiresAt: null, now: Date.now() };
    for (const bearer of [
      "",
      "csk_",
      "x".repeat(100_000),
      key.key.slice(0, -1),
      other,
      revoked.key,
      await tokenFor(revoked),
      (await tokenFor(key)).slice(0, -3),
      (await issueToken(keys, foreign, limits)).token,
      (
        await issueToken(
          keys,
          { ...foreign, workspaceId: test.workspaceId, principalId: "principal_x" },
          limits,
        )
      ).token,
      (await issueToken(keys, { ...foreign, keyId: "key_x" }, limits)).token,
    ]) {
      messages.push(await refusal(bearer));
    }
    expect(new Set(messages.map((error) => `${error.code} ${error.message}`)).size).toBe(1);
    expect(messages[0]!.code).toBe("UNAUTHENTICATED");
  });

  it("does not ask the database about what is malformed", async () => {
    const key = await create();
    statements = 0;
    for (const bearer of [
      key.key.slice(0, -1),
      `${key.key}x`,
      "csk_",
      "a.b.c",
      "",
      key.key.replace("csk_", "csk-"),
    ]) {
      await refusal(bearer);
    }
    expect(statements).toBe(0);
  });

  it("asks the database once for what comes many times at once", async () => {
    const key = await create();
    statements = 0;
    await Promise.all(Array.from({ length: 50 }, () => authenticator.authenticate(key.key)));
    expect(statements).toBe(1);
  });

  it("refuses a revoked key and its tokens within seconds", async () => {
    const key = await create();
    const token = await tokenFor(key);
    await authenticator.authenticate(key.key);
    await authenticator.authenticate(token);
    await revoke(key.id);
    for (const bearer of [key.key, token]) {
      await until(
        () =>
          authenticator.authenticate(bearer).then(
            () => false,
            (error: DomainError) => error.code === "UNAUTHENTICATED",
          ),
        { timeoutMs: 4_000, intervalMs: 50 },
      );
    }
  });

  it("refuses a key that was moved to another workspace by hand", async () => {
    const key = await create();
    await test.database.transaction((sql) =>
      sql.query("UPDATE api_key SET workspace_id = 'workspace_x' WHERE id = ?", [key.id]),
    );
    expect((await refusal(key.key)).code).toBe("UNAUTHENTICATED");
  });

  describe("of what stays open", () => {
    const opened = async (overrides: Partial<NewPrincipal> = {}): Promise<Credential> =>
      authenticator.authenticate((await create(overrides)).key);

    it("tells in few statements which credentials still hold", async () => {
      const open = await Promise.all(Array.from({ length: 25 }, () => opened()));
      const again = [...open, ...open.map((credential) => ({ ...credential }))];
      statements = 0;
      expect((await authenticator.stillValid(again)).size).toBe(50);
      expect(statements).toBe(1);
      expect(await authenticator.stillValid([])).toEqual(new Set());
    });

    it("ends a revoked key's at once", async () => {
      const [kept, ended] = [await opened(), await opened()];
      await revoke(ended.id);
      expect(await authenticator.stillValid([kept, ended])).toEqual(new Set([kept]));
    });

    it("ends an expired key's, and an expired token's", async () => {
      const key = await create({ expiresAt: Date.now() + 60_000 });
      const lasting = await create();
      const [byKey, byToken] = [
        await authenticator.authenticate(key.key),
        await authenticator.authenticate(await tokenFor(lasting, 60)),
      ];
      const forever = await authenticator.authenticate(lasting.key);
      expect((await authenticator.stillValid([byKey, byToken, forever])).size).toBe(3);
      clock = 61_000;
      expect(await authenticator.stillValid([byKey, byToken, forever])).toEqual(new Set([forever]));
      clock = 0;
    });

    it.each([
      ["roles", '["AUDITOR"]'],
      ["queues", '["default"]'],
      ["kind", "AGENT"],
      ["name", "Somebody else"],
    ])("ends that of a principal whose %s changed", async (column, value) => {
      const credential = await opened();
      await test.database.transaction((sql) =>
        sql.query(`UPDATE principal SET ${column} = ? WHERE id = ?`, [value, credential.actor.id]),
      );
      expect((await authenticator.stillValid([credential])).size).toBe(0);
    });

    it("ends that of a key that is gone", async () => {
      const credential = await opened();
      await test.database.transaction((sql) =>
        sql.query("DELETE FROM api_key WHERE id = ?", [credential.id]),
      );
      expect((await authenticator.stillValid([credential])).size).toBe(0);
    });
  });
});
