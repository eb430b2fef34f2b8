import { badInput } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";
import type { PrincipalRef } from "../domain/principal.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Sql } from "../persistence/sql.js";
import { insertQueue, listQueueRows } from "../persistence/workspace-queries.js";
import { requiredName } from "./names.js";

/** Where reviewers pick tickets up. */
export interface Queue {
  readonly name: string;
  /** Approvals that every ticket in it needs at least. */
  readonly minimumApprovals: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface NewQueue {
  readonly workspaceId: string;
  readonly name: string;
  readonly minimumApprovals: number;
  /** Who creates it, for the record. */
  readonly actor: PrincipalRef;
}

/**
 * Creates a queue, on the record as SETTINGS_CHANGED.
 * @throws DomainError BAD_USER_INPUT
 */
export async function createQueue(ledger: Ledger, input: NewQueue): Promise<Queue> {
  const name = requiredName(input.name, "name", LIMITS.queueName);
  const { minimumApprovals, workspaceId, actor } = input;
  if (
    !Number.isInteger(minimumApprovals) ||
    minimumApprovals < 1 ||
    minimumApprovals > LIMITS.approvalsRequired
  ) {
    throw badInput(
      "minimumApprovals",
      `minimumApprovals must be a whole number from 1 to ${LIMITS.approvalsRequired}.`,
    );
  }
  const [event] = await ledger.change({
    workspaceId,
    actor,
    events: [{ type: "SETTINGS_CHANGED", data: { setting: "queue", queue: name, minimumApprovals } }],
    write: async (sql, at) => {
      const taken = (await listQueueRows(sql, workspaceId)).some((queue) => queue.name === name);
      if (taken) throw badInput("name", `There is a queue named "${name}" already.`);
      await insertQueue(sql, {
        workspace_id: workspaceId,
        name,
        minimum_approvals: minimumApprovals,
        created_at: at,
      });
    },
  });
  if (event === undefined) throw new Error("a change with an event was committed without one");
  return { name, minimumApprovals, createdAt: event.occurred_at };
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

/** The queues of a workspace, by name. */
export async function listQueues(sql: Sql, workspaceId: string): Promise<Queue[]> {
  return (await listQueueRows(sql, workspaceId)).map((row) => ({
    name: row.name,
    minimumApprovals: row.minimum_approvals,
    createdAt: row.created_at,
  }));
}
