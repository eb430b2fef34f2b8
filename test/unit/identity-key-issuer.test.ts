import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../src/domain/principal.js";
import type { KeyIssuer } from "../../src/identity/key-issuer.js";
import { createKey } from "../../src/identity/keys.js";
import { inviteMember, removeMember } from "../../src/identity/members.js";
import { type OpenedSession, signInByLink, signOut } from "../../src/identity/sessions.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { databases } from "../support/databases.js";
import { openTestLedger, type TestLedger } from "../support/test-ledger.js";

const HOUR = 3_600_000;

describe.each(databases)("keys made by who signed in by browser, on $name", (kind) => {
  let test: TestLedger;
  let operator: Awaited<ReturnType<typeof systemActor>>;
  beforeAll(async () => {
    test = await openTestLedger(kind);
    operator = await systemActor(test.database.read, test.workspaceId);
  });
  afterAll(() => test.close());

  async function signedIn(
    email: string,
  ): Promise<{ issuer: KeyIssuer; actor: Actor; session: OpenedSession }> {
    const { ledger, database, workspaceId } = test;
    const { member, link } = await inviteMember(ledger, {
      workspaceId,
      email,
      roles: ["REVIEWER"],
      actor: operator,
    });
    const session = await signInByLink({ ledger, database, sessionMs: HOUR }, link.text, Date.now());
    const actor: Actor = { ...member, workspaceId };
    return { issuer: { kind: "SESSION", id: session.id, actor }, actor, session };
  }
  const make = (issuer: KeyIssuer) =>
    createKey(test.ledger, {
      workspaceId: test.workspaceId,
      principalId: issuer.actor.id,
      expiresAt: null,
      actor: issuer.actor,
      issuer,
    });

  it("outlive the session, which is what they are for", async () => {
    const { issuer } = await signedIn("ada@example.org");
    expect((await make(issuer)).expiresAt).toBeGreaterThan(Date.now() + 89 * 24 * HOUR);
  });

  it("are made no more once the session was signed out, though it may be known for a moment", async () => {
    const { issuer, actor, session } = await signedIn("bob@example.org");
    await signOut(test.database, actor, { sessionId: session.id, everywhere: false, now: Date.now() });
    await expect(make(issuer)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("are made no more once the membership has ended, nor with a session or key that there is not", async () => {
    const { issuer, actor } = await signedIn("cy@example.org");
    for (const other of ["SESSION", "API_KEY"] as const)
      await expect(make({ ...issuer, kind: other, id: "nothing" })).rejects.toMatchObject({
        code: "UNAUTHENTICATED",
      });
    const { ledger, workspaceId } = test;
    await removeMember(ledger, { workspaceId, principalId: actor.id, actor: operator });
    for (const one of [issuer, { ...issuer, kind: "PROVIDER_TOKEN" } as const])
      await expect(make(one)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});
