import { fingerprintOf } from "../persistence/fingerprint.js";
import type { Sql } from "../persistence/sql.js";
import { type Findings, shown } from "./audit-verify-findings.js";
import type { EventBody } from "./event-body.js";
import { ExpectedRows, instantOf } from "./expected-rows.js";

/**
 * The ways in that the events know: sign-in links, sessions, and identities at a provider. A row that no event calls for
 * is one that somebody made for themselves. What is gone (an old session that was cleared away) opens nothing and is no
 * finding.
 */
export class SignInStory {
  readonly #links: ExpectedRows;
  readonly #sessions: ExpectedRows;
  readonly #identities: ExpectedRows;
  /** Links that opened a session, by id. */
  readonly #used = new Map<string, { readonly sequence: number; readonly at: number }>();

  constructor(
    private readonly workspaceId: string,
    private readonly findings: Findings,
  ) {
    this.#links = new ExpectedRows("sign_in_link", findings);
    this.#sessions = new ExpectedRows("session", findings);
    this.#identities = new ExpectedRows("external_identity", findings);
  }

  /** Takes a MEMBER_CHANGED event's data: it may tell of a link, or of an identity at a provider. */
  member(sequence: number, at: number, data: EventBody["data"]): void {
    const { principalId: principal_id } = data;
    const { invitation, identity } = data;
    if (isRecord(invitation)) {
      const { linkId, fingerprint, expiresAt } = invitation;
      const columns = { principal_id, fingerprint, created_at: at, expires_at: instantOf(expiresAt) };
      this.#links.expect(String(linkId), sequence, columns);
    }
    if (isRecord(identity)) {
      const { identityId, issuer, subject } = identity;
      this.#identities.expect(String(identityId), sequence, { principal_id, issuer, subject });
    }
  }

  signedIn(sequence: number, at: number, { actor, data }: EventBody): void {
    const { sessionId, fingerprint, expiresAt } = data;
    this.#sessions.expect(String(sessionId), sequence, {
      principal_id: actor.id,
      fingerprint,
      created_at: at,
      expires_at: instantOf(expiresAt),
    });
    // A link that was used is used up: one that looks fresh again has been made so by hand.
    if (data.linkId !== undefined) this.#used.set(String(data.linkId), { sequence, at });
  }

  #heldUsed({ id, used_at }: StoredRow): void {
    const used = this.#used.get(id);
    if (used === undefined || used.at === used_at) return;
    const { sequence } = used;
    this.findings.report(
      sequence,
      `sign_in_link ${shown(id)} was used by event ${sequence}, and is not used up`,
    );
  }

  async verify(sql: Sql): Promise<void> {
    const tables = [
      ["sign_in_link", "principal_id, secret_hash, created_at, expires_at, used_at", this.#links],
      ["session", "principal_id, secret_hash, created_at, expires_at", this.#sessions],
      ["external_identity", "principal_id, issuer, subject", this.#identities],
    ] as const;
    for (const [table, columns, rows] of tables) {
      const stored = await sql.query<StoredRow>(
        `SELECT id, ${columns} FROM ${table} WHERE workspace_id = ? ORDER BY id`,
        [this.workspaceId],
      );
      for (const row of stored) {
        if (rows === this.#links) this.#heldUsed(row);
        const { secret_hash: hash } = row;
        rows.hold(row.id, { ...row, fingerprint: typeof hash === "string" ? fingerprintOf(hash) : null });
      }
    }
  }
}

interface StoredRow {
  readonly id: string;
  readonly used_at?: unknown;
  readonly secret_hash?: unknown;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
