import type { Sql } from "../../src/persistence/sql.js";
import type { Entry } from "./load-journal.js";
import { type ChainEvent, settlements } from "./load-ledger.js";

/**
 * Holds the tables against the events that they must agree with, row by row and both ways: revisions, reviews, decisions,
 * and the idempotency records of a load's operations.
 * @param added what the chain has grown by after the place `after`
 * @param entries the operations; where they are not known, idempotency records are left alone
 * @returns what is wrong
 */
export async function tableProblems(
  sql: Sql,
  workspaceId: string,
  after: number,
  added: readonly ChainEvent[],
  entries?: readonly Entry[],
): Promise<string[]> {
  const rows = async (columns: string, table: string): Promise<string[]> => {
    const found = await sql.query<Record<string, unknown>>(
      `SELECT ${columns} FROM ${table} WHERE workspace_id = ? AND sequence > ? ORDER BY sequence`,
      [workspaceId, after],
    );
    // String by string: join alone would leave out what is null.
    return found.map((row) => Object.values(row).map(String).join(" "));
  };
  const kept = entries?.flatMap(({ operation, effects: [first] }) =>
    first !== undefined && first.sequence > after
      ? [
          {
            sequence: first.sequence,
            text: `${first.sequence} ${operation.mark} ${first.ticket} ${operation.by.id}`,
          },
        ]
      : [],
  );
  kept?.sort((one, other) => one.sequence - other.sequence);
  return [
    ...differences(
      "proposal",
      await rows("sequence, ticket_id, revision, digest", "proposal"),
      added
        .filter(({ type }) => type === "SUBMITTED" || type === "RESUBMITTED")
        .map(({ sequence, ticket, revision, data }) => `${sequence} ${ticket} ${revision} ${data.digest}`),
    ),
    ...differences(
      "review",
      await rows("sequence, ticket_id, revision, reviewer_id, outcome, comments", "review"),
      added
        .filter(({ type }) => type === "REVIEWED")
        .map(
          ({ sequence, ticket, revision, actor, data }) =>
            `${sequence} ${ticket} ${revision} ${actor.id} ${data.outcome} ${data.comments}`,
        ),
    ),
    ...differences(
      "decision",
      await rows("sequence, ticket_id, revision, status", "decision"),
      settlements(added).map(
        ({ sequence, ticketId, revision, status }) => `${sequence} ${ticketId} ${revision} ${status}`,
      ),
    ),
    ...(kept === undefined
      ? []
      : differences(
          "idempotency",
          await rows("sequence, idempotency_key, ticket_id, principal_id", "idempotency"),
          kept.map(({ text }) => text),
        )),
  ];
}

function differences(table: string, found: readonly string[], expected: readonly string[]): string[] {
  const has = new Set(found);
  const wants = new Set(expected);
  return [
    ...expected.filter((row) => !has.has(row)).map((row) => `${table} lacks ${row}`),
    ...found.filter((row) => !wants.has(row)).map((row) => `${table} has ${row}, of which no event speaks`),
    ...(found.length === has.size ? [] : [`${table} has rows twice`]),
  ];
}
