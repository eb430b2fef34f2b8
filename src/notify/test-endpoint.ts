import type { Ledger } from "../ledger/ledger.js";
import type { Sql } from "../persistence/sql.js";
import { findWorkspaceRow } from "../persistence/workspace-queries.js";
import type { Telling } from "./channels.js";
import { secretsOf } from "./deliver.js";
import { type EndpointChoice, endpointIn } from "./endpoints.js";

/** How the other side took a test. */
export interface TestResult {
  readonly delivered: boolean;
  readonly httpStatus: number | null;
  readonly problem: string | null;
  readonly milliseconds: number;
}

/** Beyond what an attempt may take by any setting: the channel keeps its own time. */
const TEST_MS = 90_000;

/**
 * Sends a test to an endpoint, on or off, and says how it was taken. It is tried once, and is on the record like any other.
 * @throws DomainError NOT_FOUND
 */
export async function testEndpoint(
  { read, ledger, telling }: { readonly read: Sql; readonly ledger: Ledger; readonly telling: Telling },
  choice: EndpointChoice,
): Promise<TestResult> {
  const { workspaceId, actor } = choice;
  const row = await endpointIn(read, choice);
  const began = performance.now();
  const target = { url: row.url ?? "", secrets: secretsOf(row, Date.now()) };
  const workspace = { id: workspaceId, name: (await findWorkspaceRow(read, "id", workspaceId))?.name ?? "" };
  const attempt = await telling.ping(row.channel, target, workspace, AbortSignal.timeout(TEST_MS));
  const milliseconds = Math.round(performance.now() - began);
  const delivered = attempt.outcome === "DELIVERED";
  const problem = "problem" in attempt ? attempt.problem : null;
  const status = "status" in attempt ? attempt.status : undefined;
  const data = {
    channel: row.channel,
    endpointId: row.id,
    reason: "TEST",
    attempts: 1,
    ...(status === undefined ? {} : { status }),
    ...(problem === null ? {} : { problem }),
  };
  const type = delivered ? "NOTIFIED" : "DELIVERY_FAILED";
  await ledger.change({ workspaceId, actor, events: [{ type, data }] });
  return { delivered, httpStatus: status ?? null, problem, milliseconds };
}
