import type { Actor } from "../../src/domain/principal.js";
import { checkProposal } from "../../src/domain/proposal.js";
import { createAuthenticator } from "../../src/identity/authenticator.js";
import { createPrincipalWithKey } from "../../src/identity/keys.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { firstStart } from "../../src/server/first-start.js";
import { createLog } from "../../src/server/log.js";
import { type OperatorServices, openOperatorServices } from "../../src/server/services.js";
import { readSettings } from "../../src/server/settings.js";
import type { Place } from "./databases.js";
import { proposalNumber } from "./operations.js";

/** What a database is to be filled with before a server is started on it. */
export interface Filling {
  readonly tickets: number;
  /** Whether they are settled. */
  readonly decided: boolean;
  /** Agents that submit them in turn. */
  readonly agents: number;
}

/** What is needed to work with a filled database. */
export interface Filled {
  readonly workspaceId: string;
  readonly agentKeys: readonly string[];
  readonly reviewerKey: string;
  /** Ids; the one at index `i` was submitted by agent `i % agents`. */
  readonly tickets: readonly string[];
}

/** Commands that are handed to the ledger at once: it commits them in as few transactions as it likes. */
const WAVE = 2_000;

/**
 * Migrates, makes keys, and submits (and decides) through the ledger itself: what is read later has the rows, events,
 * hashes and receipts that it would have had through the API.
 */
export async function fill(place: Place, { tickets, decided, agents }: Filling): Promise<Filled> {
  const settings = readSettings(place.environment);
  const services = await openOperatorServices(settings, createLog("silent"));
  try {
    const first = await firstStart(services.database, services.ledger, settings.dataDir);
    if (first === undefined) throw new Error("the database is not fresh");
    const agentKeys = [first.agentKey, ...(await moreAgents(services, first.workspaceId, agents - 1))];
    const ids: string[] = [];
    if (tickets > 0) {
      const { authenticate } = createAuthenticator(services);
      const submitters: Actor[] = [];
      for (const key of agentKeys) submitters.push((await authenticate(key)).actor);
      const reviewer = (await authenticate(first.reviewerKey)).actor;
      for (let from = 0; from < tickets; from += WAVE) {
        const wave = Array.from({ length: Math.min(WAVE, tickets - from) }, (_, index) => from + index);
        const made = await Promise.all(wave.map((index) => submit(services, submitters, index)));
        if (decided) await Promise.all(made.map((id) => approve(services, reviewer, id)));
        ids.push(...made);
      }
    }
    return { workspaceId: first.workspaceId, agentKeys, reviewerKey: first.reviewerKey, tickets: ids };
  } finally {
    await services.close();
  }
}

/** Creates the tables, and nothing in them but the head of a ledger. */
export async function createTables(place: Place, workspaceId: string): Promise<void> {
  const services = await openOperatorServices(readSettings(place.environment), createLog("silent"));
  try {
    await services.database.transaction((sql) =>
      sql.query("INSERT INTO ledger_head (workspace_id, sequence, hash, occurred_at) VALUES (?, 0, '', 0)", [
        workspaceId,
      ]),
    );
  } finally {
    await services.close();
  }
}

async function moreAgents(
  { database, ledger }: OperatorServices,
  workspaceId: string,
  count: number,
): Promise<string[]> {
  const actor = await systemActor(database.read, workspaceId);
  const made = await Promise.all(
    Array.from({ length: Math.max(0, count) }, (_, index) =>
      createPrincipalWithKey(ledger, {
        workspaceId,
        name: `Agent ${index + 2}`,
        kind: "AGENT",
        roles: ["AGENT"],
        queues: null,
        expiresAt: null,
        actor,
      }),
    ),
  );
  return made.map(({ key }) => key);
}

async function submit(
  { ledger }: OperatorServices,
  submitters: readonly Actor[],
  index: number,
): Promise<string> {
  const actor = submitters[index % submitters.length];
  if (actor === undefined) throw new Error("there is no agent");
  const { ticket } = await ledger.execute({
    actor,
    command: {
      kind: "submit",
      proposal: checkProposal(proposalNumber(index)),
      queue: "default",
      priority: "NORMAL",
      dueAt: null,
      expiresAt: null,
      approvalsRequired: 1,
    },
  });
  return ticket.state.id;
}

async function approve({ ledger }: OperatorServices, actor: Actor, ticketId: string): Promise<void> {
  await ledger.execute({
    actor,
    ticketId,
    command: { kind: "decide", revision: 1, outcome: "APPROVED", comments: "Looks good.", amendment: null },
  });
}
