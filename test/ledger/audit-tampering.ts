import { canonicalText } from "../../src/domain/proposal.js";
import { verifyLedger } from "../../src/ledger/audit-verify.js";
import type { Verdict } from "../../src/ledger/audit-verify-findings.js";
import { openCheckpoint, type SignedCheckpoint, signCheckpoint } from "../../src/ledger/checkpoint.js";
import { chainHash } from "../../src/ledger/event-body.js";
import type { EventRow } from "../../src/persistence/rows.js";
import type { SqlValue } from "../../src/persistence/sql.js";
import type { DatabaseKind } from "../support/databases.js";
import {
  type AuditWorld,
  dropTriggers,
  openAuditWorld,
  type RawClient,
  rawClient,
  type Story,
  tellStory,
} from "./audit-world.js";

/** A ledger without its triggers, in an intruder's hands. Whatever is done to it is taken back after each verdict. */
export class Tampering {
  private constructor(
    readonly world: AuditWorld,
    readonly story: Story,
    readonly client: RawClient,
    readonly events: readonly EventRow[],
  ) {}

  static async open(kind: DatabaseKind): Promise<Tampering> {
    const world = await openAuditWorld(kind);
    const story = await tellStory(world);
    const client = await rawClient(world.location);
    const events = await client.query<EventRow>("SELECT * FROM audit_event ORDER BY sequence");
    await dropTriggers(client, world.location);
    return new Tampering(world, story, client, events);
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.world.close();
  }

  get lastEvent(): EventRow {
    return this.events.at(-1)!;
  }

  event(ticket: keyof Story, type: string, nth = 0): EventRow {
    return this.events.filter((row) => row.ticket_id === this.story[ticket] && row.type === type).at(nth)!;
  }

  /** The first event of that type whose text has that in it. */
  eventAbout(type: string, text: string): EventRow {
    return this.events.find((row) => row.type === type && row.body.includes(text))!;
  }

  verify(checkpoints: readonly object[] = []): Promise<Verdict> {
    const { keys, workspace } = this.world;
    const opened = checkpoints.map((said) => openCheckpoint(keys, said));
    return verifyLedger(this.client, workspace.id, { keys, checkpoints: opened });
  }

  async verdictAfter(tamper: () => Promise<unknown>, checkpoints: readonly object[] = []): Promise<Verdict> {
    await this.client.query("BEGIN");
    try {
      await tamper();
      return await this.verify(checkpoints);
    } finally {
      await this.client.query("ROLLBACK");
    }
  }

  set(
    table: string,
    column: string,
    value: SqlValue,
    where: string,
    ...values: SqlValue[]
  ): Promise<unknown> {
    return this.client.query(`UPDATE ${table} SET ${column} = ? WHERE ${where}`, [value, ...values]);
  }

  /** Puts another text into an event, and makes the chain fit again wherever its hashes are stored. */
  async rewrite(sequence: number, body: string): Promise<void> {
    await this.set("audit_event", "body", body, "sequence = ?", sequence);
    await this.rechain(sequence);
  }

  /** Rewrites an event's body as an object, and verifies. */
  verdictOfBody(target: EventRow, change: (body: Record<string, never>) => void): Promise<Verdict> {
    const body = JSON.parse(target.body);
    change(body);
    return this.verdictAfter(() => this.rewrite(target.sequence, canonicalText(body)));
  }

  async rechain(from: number): Promise<void> {
    const select = "SELECT * FROM audit_event WHERE sequence";
    const rows = await this.client.query<EventRow>(`${select} >= ? ORDER BY sequence`, [from]);
    const [before] = await this.client.query<EventRow>(`${select} = ?`, [from - 1]);
    let hash = before!.hash;
    for (const { sequence, body } of rows) {
      await this.set("audit_event", "previous_hash", hash, "sequence = ?", sequence);
      hash = chainHash(hash, body);
      for (const table of ["audit_event", "decision", "idempotency"]) {
        await this.set(table, "hash", hash, "sequence = ?", sequence);
      }
    }
    await this.client.query("UPDATE ledger_head SET sequence = ?, hash = ?", [rows.at(-1)!.sequence, hash]);
  }

  /** Adds a row that differs from one that is there. */
  async copyRow(table: string, where: string, changes: Record<string, SqlValue>): Promise<void> {
    const [row] = await this.client.query<Record<string, SqlValue>>(`SELECT * FROM ${table} WHERE ${where}`);
    const copy = { ...row, ...changes };
    const columns = Object.keys(copy);
    await this.client.query(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      Object.values(copy),
    );
  }

  /** Removes what there is of tickets, and of everything else that an event speaks of. */
  async forget(tables: readonly string[]): Promise<void> {
    for (const table of tables) await this.client.query(`DELETE FROM ${table}`);
  }

  checkpointAt(sequence: number): SignedCheckpoint {
    const { hash } = this.events[sequence - 1]!;
    const { keys, workspace } = this.world;
    return signCheckpoint(keys, { workspace: workspace.id, sequence, hash, at: "2026-01-01T00:00:00.000Z" });
  }
}

export const TICKET_TABLES = [
  "ticket",
  "proposal",
  "review",
  "review_retraction",
  "decision",
  "decision_read",
  "snooze",
  "idempotency",
];
