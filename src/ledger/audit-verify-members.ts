import { canonicalText } from "../domain/proposal.js";
import { keyFingerprint, listPrincipals, listQueueRows } from "../persistence/identity-queries.js";
import type { EventRow } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { type Findings, shown } from "./audit-verify-findings.js";
import type { EventBody } from "./event-body.js";

interface Expected {
  readonly sequence: number;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** The queue that every workspace is made with, before its ledger has any event. */
const FIRST_QUEUE = "default";

/**
 * Who may do what, by the events: principals, keys and queues. Somebody who gives a role to themselves, revives a revoked
 * key or puts the hash of their own secret into another's key does so past the commit pipeline, and is found here.
 */
export class MemberStory {
  readonly #principals = new Map<string, Expected>();
  readonly #keys = new Map<string, Expected>();
  readonly #queues = new Map<string, Expected>();

  constructor(
    private readonly workspaceId: string,
    private readonly findings: Findings,
  ) {}

  /** Takes an event of the chain; those about tickets are passed over. Never throws. */
  take({ type, data }: EventBody, { sequence, occurred_at: at }: EventRow): void {
    if (type === "MEMBER_CHANGED") this.#member(sequence, data);
    else if (type === "API_KEY_CREATED") this.#key(sequence, at, data);
    else if (type === "API_KEY_REVOKED") this.#revoked(sequence, at, data);
    else if (type === "SETTINGS_CHANGED" && data.setting === "queue") this.#queue(sequence, data);
  }

  /** Holds the tables against what was taken. */
  async verify(sql: Sql): Promise<void> {
    const { workspaceId } = this;
    for (const row of await listPrincipals(sql, workspaceId)) {
      if (row.kind !== "SYSTEM" || this.#principals.has(row.id)) {
        const said = { ...row, roles: canonical(row.roles), queues: canonical(row.queues) };
        this.#row("principal", this.#principals, row.id, said);
      } else if (row.roles !== "[]") this.findings.report(null, `the system principal ${row.id} has roles`);
    }
    for (const row of await storedKeys(sql, workspaceId)) {
      const fingerprint = typeof row.secret_hash === "string" ? keyFingerprint(row.secret_hash) : null;
      this.#row("api_key", this.#keys, row.id, { ...row, fingerprint });
    }
    const queues = await listQueueRows(sql, workspaceId);
    for (const row of queues) {
      if (row.name !== FIRST_QUEUE || this.#queues.has(row.name))
        this.#row("queue", this.#queues, row.name, row);
      else if (row.minimum_approvals !== 1) {
        this.findings.report(
          null,
          `the queue ${FIRST_QUEUE} asks for ${shown(row.minimum_approvals)} approvals, and no event says so`,
        );
      }
    }
    this.#missing("principal", this.#principals);
    this.#missing("api_key", this.#keys);
    this.#missing("queue", this.#queues);
  }

  #member(sequence: number, data: EventBody["data"]): void {
    const { name, kind, roles = null, queues = null } = data;
    const columns = { name, kind, roles: canonicalText(roles), queues: canonicalText(queues) };
    this.#principals.set(String(data.principalId), { sequence, columns });
  }

  #key(sequence: number, at: number, data: EventBody["data"]): void {
    const { principalId, expiresAt, fingerprint } = data;
    const columns = {
      principal_id: principalId,
      created_at: at,
      expires_at: typeof expiresAt === "string" ? Date.parse(expiresAt) : null,
      revoked_at: null,
      fingerprint,
    };
    this.#keys.set(String(data.keyId), { sequence, columns });
  }

  #revoked(sequence: number, at: number, data: EventBody["data"]): void {
    const created = this.#keys.get(String(data.keyId));
    if (created === undefined)
      this.findings.report(sequence, `event ${sequence} revokes a key that was never created`);
    else this.#keys.set(String(data.keyId), { sequence, columns: { ...created.columns, revoked_at: at } });
  }

  #queue(sequence: number, { queue, minimumApprovals }: EventBody["data"]): void {
    this.#queues.set(String(queue), { sequence, columns: { minimum_approvals: minimumApprovals } });
  }

  #row(table: string, expectations: Map<string, Expected>, key: string, row: object): void {
    const expected = expectations.get(key);
    if (expected === undefined) {
      this.findings.report(null, `${table} has the row ${shown(key)}, which no event calls for`);
      return;
    }
    expectations.delete(key);
    for (const [column, said] of Object.entries(expected.columns)) {
      const stored = (row as Readonly<Record<string, unknown>>)[column];
      if (stored === said) continue;
      const what = `the column ${column} of ${table} (${shown(key)}) is not what event ${expected.sequence} says`;
      this.findings.report(expected.sequence, what);
    }
  }

  #missing(table: string, expectations: ReadonlyMap<string, Expected>): void {
    for (const [key, { sequence }] of expectations) {
      this.findings.report(sequence, `${table} lacks the row ${shown(key)} that event ${sequence} calls for`);
    }
  }
}

interface StoredKey {
  readonly id: string;
  readonly secret_hash: unknown;
}

/** Without the principals: a key whose principal is gone must be looked at too. */
async function storedKeys(sql: Sql, workspaceId: string): Promise<StoredKey[]> {
  return sql.query<StoredKey>(
    "SELECT id, principal_id, secret_hash, created_at, expires_at, revoked_at FROM api_key WHERE workspace_id = ? ORDER BY id",
    [workspaceId],
  );
}

/** A column of JSON in the form that it is compared in; as it is where it is none. */
function canonical(text: unknown): unknown {
  try {
    return text === null ? "null" : canonicalText(JSON.parse(String(text)));
  } catch {
    return text;
  }
}
