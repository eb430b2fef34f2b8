import { typeid } from "typeid-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApiSchema } from "../../src/graphql/schema.js";
import { createKey, createPrincipalWithKey } from "../../src/identity/keys.js";
import { inviteMember } from "../../src/identity/members.js";
import { createQueue } from "../../src/identity/queues.js";
import { findWorkspaceByName, systemActor } from "../../src/identity/workspaces.js";
import { encodeCursor } from "../../src/ledger/cursor.js";
import { Operator } from "../../src/server/operator.js";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { LiveClient } from "../support/live-client.js";
import {
  type GeneratedOperation,
  inputPlaces,
  operationsOf,
  type ValueFor,
} from "../support/schema-operations.js";
import { startTestServer, TEST_SIGNING_KEY, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { endpointOf, NOBODY_THERE } from "./confined-endpoint.js";

const schema = buildApiSchema();

/** What a workspace has that can be named in an input. */
interface World {
  readonly workspaceId: string;
  readonly ticketId: string;
  readonly principalId: string;
  readonly agentId: string;
  readonly keyId: string;
  readonly endpointId: string;
  /** Of a dead letter. */
  readonly deliveryId: string;
  readonly queue: string;
  readonly email: string;
  readonly cursor: string;
  readonly pageCursor: string;
  readonly digest: string;
  /** The key of somebody with every role that there is for a human. */
  readonly allKey: string;
  readonly agentKey: string;
  /** Texts that stand nowhere else: whoever sees one of them has seen into the workspace. */
  readonly canaries: readonly string[];
}

/** Inputs that name something which may be another workspace's; others are only text. */
const NAMES_SOMETHING = /(id|ids|queue|queues|email|after)$/i;

/** Every kind of id that an input may be given, so that each place is tried with ids of the wrong kind too. */
const KINDS = [
  "ticketId",
  "principalId",
  "agentId",
  "keyId",
  "endpointId",
  "deliveryId",
  "workspaceId",
] as const;

describe.each(databases)("the wall between workspaces, on $name", { timeout: 120_000 }, (kind) => {
  let server: TestServer;
  let victim: World;
  let attacker: World;
  beforeAll(async () => {
    server = await startTestServer(kind, {
      RATE_PRINCIPAL: "0",
      RATE_ADDRESS: "0",
      OUTBOUND_ALLOW: "127.0.0.1",
    });
    const foreign = await findWorkspaceByName(server.running.services.database.read, "foreign");
    victim = await world(server, server.workspaceId, "victim");
    attacker = await world(server, foreign?.id ?? "", "attacker");
  });
  afterAll(() => server?.close());

  /** Ids of things that there never were. */
  const nobody = (): World => ({
    ...victim,
    workspaceId: typeid("workspace").toString(),
    ticketId: typeid("ticket").toString(),
    principalId: typeid("principal").toString(),
    agentId: typeid("principal").toString(),
    keyId: typeid("key").toString(),
    endpointId: typeid("endpoint").toString(),
    deliveryId: typeid("delivery").toString(),
    queue: "nobodys-queue",
    email: "nobody@nowhere.example",
    digest: `sha256:${"0".repeat(64)}`,
  });

  it("holds for every field of the schema and every place of its inputs, whatever is named there", async () => {
    const places = inputPlaces(schema);
    expect(places.size).toBeGreaterThan(20);
    const reached = new Set<string>();
    for (const [place, type] of places) {
      // What is no id is the same with each of them. An id of the wrong kind is told before any database is asked.
      const wrong = type === "ID" && kind.name === "sqlite" ? KINDS : [];
      for (const kindOfId of [undefined, ...wrong]) {
        for (const key of kindOfId === undefined ? [attacker.allKey, attacker.agentKey] : [attacker.allKey]) {
          // Each with a ticket of their own that nothing has happened to yet.
          const named = operationsAt(place, kindOfId, await fresh(server, attacker), victim);
          const twin = operationsAt(place, kindOfId, await fresh(server, attacker), nobody());
          const before = await headOf(server, victim.workspaceId);
          const seen = await answer(server, key, named);
          const unknown = await answer(server, key, twin);
          reached.add(named.name);
          for (const canary of victim.canaries) {
            const echoed = JSON.stringify(named.variables).includes(canary);
            if (!echoed) expect(seen.text, `${named.name} at ${place}`).not.toContain(canary);
          }
          expect(seen.text).not.toContain("QUERY_TOO_COMPLEX");
          // What is another workspace's behaves to the letter like what does not exist.
          if (NAMES_SOMETHING.test(place))
            expect(seen.refusals, `${named.name} at ${place} with a ${kindOfId ?? "sound value"}`).toEqual(
              unknown.refusals,
            );
          expect(await headOf(server, victim.workspaceId), `${named.name} at ${place}`).toBe(before);
        }
      }
    }
    const roots = operationsOf(schema, () => undefined).map(({ name }) => name);
    const withoutInput = operationsOf(schema, ownValue(attacker)).filter(({ name }) => !reached.has(name));
    for (const operation of withoutInput) {
      const seen = await answer(server, attacker.allKey, operation);
      for (const canary of victim.canaries) expect(seen.text, operation.name).not.toContain(canary);
      reached.add(operation.name);
    }
    expect([...reached].sort()).toEqual([...roots].sort());
  });

  it("shows the canaries to their own workspace, so that looking for them means something", async () => {
    const texts = await Promise.all(
      operationsOf(schema, ownValue(victim))
        .filter(({ kind: sort }) => sort === "query")
        .map(async (operation) => (await answer(server, victim.allKey, operation)).text),
    );
    const everything = texts.join("\n");
    for (const canary of victim.canaries) expect(everything).toContain(canary);
  });

  it("holds on the command line, and in what is exported", async () => {
    const operator = await Operator.open({
      DATABASE_URL: server.testDatabase.url,
      DATA_DIR: server.dataDir,
      SIGNING_KEY: TEST_SIGNING_KEY,
      LOG_LEVEL: "silent",
    });
    try {
      const { keyId, principalId, agentId } = victim;
      const rotation = { overlapMinutes: 0, expiresAt: null };
      for (const attempt of [
        () => operator.revokeKey("foreign", keyId),
        () => operator.rotateKey("foreign", { keyId, ...rotation }),
        () => operator.createFurtherKey("foreign", { principalId: agentId, expiresAt: null }),
        () => operator.changeMember("foreign", principalId, { roles: ["AUDITOR"] }),
        () => operator.removeMember("foreign", principalId),
      ]) {
        const before = await headOf(server, victim.workspaceId);
        await expect(attempt()).rejects.toMatchObject({ code: "NOT_FOUND" });
        expect(await headOf(server, victim.workspaceId)).toBe(before);
      }
      const exported: string[] = [];
      await operator.export("foreign", async (line) => void exported.push(line));
      const listed = [await operator.listKeys("foreign"), await operator.listMembers("foreign", true)];
      const seen = JSON.stringify([exported, listed, await operator.verify("foreign")]);
      for (const canary of victim.canaries) expect(seen).not.toContain(canary);
      expect(seen).toContain("attacker-human");
    } finally {
      await operator.close();
    }
  });

  it("holds for tokens: one says whose it is, and nothing else", async () => {
    const response = await fetch(`${server.url}/auth/token`, {
      method: "POST",
      headers: { authorization: `Bearer ${attacker.allKey}`, "x-workspace": victim.workspaceId },
    });
    const { token } = (await response.json()) as { token: string };
    const { viewer } = await gqlData<{ viewer: { workspace: { id: string } } }>(
      server.url,
      token,
      "{ viewer { workspace { id } } }",
    );
    expect(viewer.workspace.id).toBe(attacker.workspaceId);
  });

  it("lets no event of another workspace through to a subscription", async () => {
    const socket = await LiveClient.connect(server.url, attacker.allKey);
    const ids = ["ticketDecided { ticketId }", "ticketChanged { ticket { id } }"].map((field) =>
      socket.subscribe(`subscription { ${field} }`),
    );
    const own = await LiveClient.connect(server.url, victim.allKey);
    const watched = own.subscribe("subscription { ticketChanged { ticket { id } } }");
    await submit(server.url, victim.agentKey, "while others listen");
    await own.deliveries(watched, 1);
    await submit(server.url, attacker.agentKey, "their own");
    const [, changed] = ids;
    await socket.deliveries(changed ?? "", 1);
    expect(JSON.stringify(socket.messages)).not.toContain(victim.workspaceId);
    for (const message of socket.delivered(changed ?? ""))
      expect(JSON.stringify(message)).not.toContain(victim.ticketId);
    expect(socket.delivered(changed ?? "")).toHaveLength(1);
    socket.close();
    own.close();
  });
});

/**
 * An operation whose inputs are the attacker's own, but for one place, where the victim's things are named.
 * @param kindOfId what kind of id is given there; the one that belongs there unless told
 */
function operationsAt(
  place: string,
  kindOfId: (typeof KINDS)[number] | undefined,
  attacker: World,
  victim: World,
): GeneratedOperation {
  const own = ownValue(attacker);
  const theirs = ownValue(victim);
  const field = place.split(".")[0];
  const [operation] = operationsOf(schema, (at, name, type) => {
    if (at !== place) return own(at, name, type);
    return kindOfId === undefined ? theirs(at, name, type) : victim[kindOfId];
  }).filter(({ name }) => name.endsWith(`.${field}`));
  if (operation === undefined) throw new Error(`no operation has the place ${place}`);
  return operation;
}

/** A sound value for each input of the schema. A new kind of input has to be taught here. */
function ownValue(world: World): ValueFor {
  return (place, name, type) => {
    switch (type) {
      case "ID":
        if (/assignee|onBehalf|member|escalateTo/i.test(name)) return world.principalId;
        if (/submittedBy|principal/i.test(name)) return world.agentId;
        if (/key/i.test(name)) return world.keyId;
        if (/endpoint/i.test(name)) return world.endpointId;
        if (/Letter/.test(place)) return world.deliveryId;
        return world.ticketId;
      case "LedgerCursor":
        return world.cursor;
      case "Int":
        // Quiet hours have two ends.
        return name === "quietUntil" ? 2 : 1;
      case "Boolean":
        return true;
      case "JSONObject":
        return { from: 1 };
      case "DateTime":
        return place.includes("dueBefore") ? undefined : new Date(Date.now() + 3_600_000).toISOString();
      case "String":
        return textFor(world, name);
      case "Role":
        return "REVIEWER";
      case "MailPreference":
        return "OFF";
      case "EndpointChannel":
        return "WEBHOOK";
      case "ReviewOutcome":
        return "APPROVED";
      case "DecisionStatus":
      case "Priority":
      case "AuditEventType":
        // As a filter each would only hide things.
        return undefined;
      default:
        if (type.endsWith("Order")) return undefined;
        throw new Error(`${place}: no value is known for a ${type}`);
    }
  };
}

function textFor(world: World, name: string): unknown {
  if (name === "after") return undefined;
  if (/^queues?$/.test(name)) return world.queue;
  if (name === "email") return world.email;
  if (name === "timeZone") return "UTC";
  if (name === "url") return NOBODY_THERE;
  // It needs a secret, which an agent has to ask for first.
  if (name === "callbackUrl") return undefined;
  if (name === "digest" || name === "search" || name === "idempotencyKey") return undefined;
  return "x";
}

async function answer(server: TestServer, key: string, operation: GeneratedOperation) {
  if (operation.kind === "subscription") return overSocket(server, key, operation);
  const { errors, data } = await gql(server.url, key, operation.text, operation.variables);
  return { text: JSON.stringify({ errors, data }), refusals: refusalsOf(errors) };
}

async function overSocket(
  { url, running: { services } }: TestServer,
  key: string,
  { text, variables }: GeneratedOperation,
) {
  const socket = await LiveClient.connect(url, key);
  const id = socket.subscribe(text, variables);
  const saidOf = () => socket.messages.filter((message) => message.id === id);
  // It is refused, or says what it has to say at once, or was taken and waits.
  await until(() => saidOf().length > 0 || services.push.size > 0);
  const said = saidOf();
  socket.close();
  await until(() => services.push.size + services.presence.size === 0);
  const errors = said.flatMap(({ type, payload }) =>
    type === "error" ? (payload as never[]) : ((payload as { errors?: never[] } | undefined)?.errors ?? []),
  );
  return { text: JSON.stringify(said), refusals: refusalsOf(errors) };
}

/** Codes and messages, with whatever differs from request to request taken out. */
function refusalsOf(errors: readonly { message: string; extensions?: { code?: string } }[]): string[] {
  return errors.map(({ message, extensions }) =>
    `${extensions?.code} ${message}`
      .replace(/\b[a-z]+_[0-9a-hjkmnp-tv-z]{26}\b/g, "ID")
      .replace(/"[^"]*queue[^"]*"/g, "QUEUE"),
  );
}

async function headOf({ running }: TestServer, workspaceId: string): Promise<number> {
  const [row] = await running.services.database.read.query<{ sequence: number }>(
    "SELECT sequence FROM ledger_head WHERE workspace_id = ?",
    [workspaceId],
  );
  return row?.sequence ?? -1;
}

async function submit(url: string, key: string, title: string, queue?: string) {
  const { submitReview } = await gqlData<{
    submitReview: { ticket: { id: string; proposal: { digest: string } }; ledgerCursor: string };
  }>(
    url,
    key,
    "mutation ($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id proposal { digest } } ledgerCursor } }",
    {
      input: { title, detail: `${title} in detail`, payload: { secret: title }, ...(queue ? { queue } : {}) },
    },
  );
  return submitReview;
}

async function fresh(server: TestServer, own: World): Promise<World> {
  return { ...own, ticketId: (await submit(server.url, own.agentKey, "fresh", own.queue)).ticket.id };
}

/** Fills a workspace with one of everything. */
async function world(server: TestServer, workspaceId: string, name: string): Promise<World> {
  const { ledger, database } = server.running.services;
  const scope = { workspaceId, actor: await systemActor(database.read, workspaceId) };
  const queue = `${name}-queue`;
  await createQueue(ledger, { ...scope, name: queue, minimumApprovals: 1 });
  const human = await createPrincipalWithKey(ledger, {
    ...scope,
    name: `${name}-human`,
    kind: "HUMAN",
    roles: ["REVIEWER", "AUDITOR", "ADMIN"],
    queues: null,
    expiresAt: null,
  });
  const agent = await createPrincipalWithKey(ledger, {
    ...scope,
    name: `${name}-agent`,
    kind: "AGENT",
    roles: ["AGENT"],
    queues: null,
    expiresAt: null,
  });
  const spare = await createKey(ledger, { ...scope, principalId: agent.principalId, expiresAt: null });
  const email = `${name}@example.org`;
  await inviteMember(ledger, { ...scope, email, roles: ["AUDITOR"], queues: null });
  const made = await submit(server.url, agent.key, `${name}-title`, queue);
  const endpoint = await endpointOf(server, scope, `${name}-endpoint`, made.ticket.id);
  const [event] = await database.read.query<{ sequence: number; hash: string }>(
    "SELECT sequence, hash FROM audit_event WHERE workspace_id = ? ORDER BY sequence LIMIT 1",
    [workspaceId],
  );
  return {
    ...endpoint,
    workspaceId,
    ticketId: made.ticket.id,
    principalId: human.principalId,
    agentId: agent.principalId,
    keyId: spare.id,
    queue,
    email,
    cursor: encodeCursor(event?.sequence ?? 0, event?.hash ?? ""),
    pageCursor: "",
    digest: made.ticket.proposal.digest,
    allKey: human.key,
    agentKey: agent.key,
    canaries: [`${name}-title`, `${name}-human`, `${name}-agent`, workspaceId, made.ticket.id],
  };
}
