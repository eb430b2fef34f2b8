import { badInput, notFound } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import type { Ledger, WorkspaceEvent } from "../ledger/ledger.js";
import type { Sql } from "../persistence/sql.js";
import { insertQueue, listQueueRows, updateQueue } from "../persistence/workspace-queries.js";
import { type Manager, managedChange } from "./managed-change.js";
import { requiredName } from "./names.js";

/** Where reviewers pick tickets up. */
export interface Queue {
  readonly name: string;
  /** Approvals that every ticket in it needs at least. */
  readonly minimumApprovals: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A queue as it is to be. */
export interface QueueSettings extends Manager {
  readonly name: string;
  readonly minimumApprovals: number;
}

/**
 * Creates a queue, on the record as SETTINGS_CHANGED.
 * @throws DomainError BAD_USER_INPUT
 */
export async function createQueue(ledger: Ledger, input: QueueSettings): Promise<Queue> {
  const { workspaceId } = input;
  const name = requiredName(input.name, "name", LIMITS.queueName);
  const minimumApprovals = checkedMinimum(input.minimumApprovals);
  return managedChange(ledger, input, async (sql, at) => {
    const known = await listQueueRows(sql, workspaceId);
    if (known.some((queue) => queue.name === name))
      throw badInput("name", `There is a queue named "${name}" already.`);
    if (known.length >= LIMITS.queues)
      throw badInput("name", `A workspace has ${LIMITS.queues} queues at most.`);
    await insertQueue(sql, {
      workspace_id: workspaceId,
      name,
      minimum_approvals: minimumApprovals,
      created_at: at,
    });
    const queue = { name, minimumApprovals, createdAt: at };
    return { result: queue, events: [queueEvent(queue)] };
  });
}

/**
 * Changes how many approvals a queue asks for, of what is submitted from then on. On the record as SETTINGS_CHANGED.
 * @throws DomainError NOT_FOUND, BAD_USER_INPUT
 */
export async function changeQueue(ledger: Ledger, input: QueueSettings): Promise<Queue> {
  const { workspaceId, name } = input;
  const minimumApprovals = checkedMinimum(input.minimumApprovals);
  return managedChange(ledger, input, async (sql) => {
    const known = (await listQueues(sql, workspaceId)).find((queue) => queue.name === name);
    if (known === undefined) throw notFound("queue");
    const queue = { ...known, minimumApprovals };
    if (known.minimumApprovals === minimumApprovals) return { result: queue, events: [] };
    await updateQueue(sql, workspaceId, name, minimumApprovals);
    return { result: queue, events: [queueEvent(queue)] };
  });
}

/** What the record says of a queue: all of it, so that the last word is the whole truth. */
function queueEvent({ name, minimumApprovals }: Queue): WorkspaceEvent {
  return { type: "SETTINGS_CHANGED", data: { setting: "queue", queue: name, minimumApprovals } };
}

function checkedMinimum(minimum: number): number {
  if (Number.isInteger(minimum) && minimum >= 1 && minimum <= LIMITS.approvalsRequired) return minimum;
  throw badInput(
    "minimumApprovals",
    `minimumApprovals must be a whole number from 1 to ${LIMITS.approvalsRequired}.`,
  );
}

/** @throws DomainError BAD_USER_INPUT where there is no such queue, or none is named */
export async function requireQueues(
  sql: Sql,
  workspaceId: string,
  queues: readonly string[] | null,
): Promise<void> {
  if (queues === null) return;
  if (queues.length === 0)
    throw badInput("queues", "Name at least one queue, or none at all for every queue.");
  const known = new Set((await listQueueRows(sql, workspaceId)).map((queue) => queue.name));
  const unknown = queues.find((queue) => !known.has(queue));
  if (unknown !== undefined) throw badInput("queues", `There is no queue "${unknown.slice(0, 100)}".`);
}

/** @throws DomainError BAD_USER_INPUT where there is no such queue */
export async function requireQueue(sql: Sql, workspaceId: string, name: string): Promise<void> {
  const known = await listQueueRows(sql, workspaceId);
  if (!known.some((queue) => queue.name === name))
    throw badInput("queue", `There is no queue "${name.slice(0, 100)}".`);
}

/** The queues of a workspace, by name. */
export async function listQueues(sql: Sql, workspaceId: string): Promise<Queue[]> {
  return (await listQueueRows(sql, workspaceId)).map((row) => ({
    name: row.name,
    minimumApprovals: row.minimum_approvals,
    createdAt: row.created_at,
  }));
}
