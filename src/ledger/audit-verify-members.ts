import { canonicalText } from "../domain/proposal.js";
import { fingerprintOf } from "../persistence/fingerprint.js";
import { listPrincipals } from "../persistence/principal-queries.js";
import type { EventRow } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { listQueueRows } from "../persistence/workspace-queries.js";
import { type Findings, shown } from "./audit-verify-findings.js";
import { SignInStory } from "./audit-verify-sign-ins.js";
import type { EventBody } from "./event-body.js";
import { ExpectedRows, instantOf } from "./expected-rows.js";

/** The queue that every workspace is made with, before its ledger has any event. */
const FIRST_QUEUE = "default";

/**
 * Who may do what, by the events: principals, keys and queues, and who signed in. Somebody who gives a role to themselves,
 * revives a revoked key or puts the hash of their own secret into another's row does so past the commit pipeline, and is
 * found here; so is a review by somebody who was no reviewer when they gave it.
 */
export class MemberStory {
  readonly #principals: ExpectedRows;
  readonly #keys: ExpectedRows;
  readonly #queues: ExpectedRows;
  readonly #signIns: SignInStory;
  readonly #reviewers = new Set<string>();
  /** What the last event said of each principal. */
  readonly #said = new Map<string, { readonly said: string; readonly removed: boolean }>();

  constructor(
    private readonly workspaceId: string,
    private readonly findings: Findings,
  ) {
    this.#principals = new ExpectedRows("principal", findings);
    this.#keys = new ExpectedRows("api_key", findings);
    this.#queues = new ExpectedRows("queue", findings);
    this.#signIns = new SignInStory(workspaceId, findings);
  }

  /** Takes an event of the chain; those about tickets are passed over, but for who reviewed. Never throws. */
  take(body: EventBody, { sequence, occurred_at: at }: EventRow): void {
    const { type, data } = body;
    if (type === "MEMBER_CHANGED") this.#member(sequence, at, data);
    else if (type === "API_KEY_CREATED") this.#key(sequence, at, data);
    else if (type === "API_KEY_REVOKED") this.#revoked(sequence, at, data);
    else if (type === "SETTINGS_CHANGED" && data.setting === "queue") this.#queue(sequence, data);
    else if (type === "SIGNED_IN") this.#signIns.signedIn(sequence, at, body);
    else if (type === "REVIEWED" && !this.#reviewers.has(body.actor.id)) {
      this.findings.report(
        sequence,
        `event ${sequence} is a review by ${shown(body.actor.id)}, who was no reviewer then`,
      );
    }
  }

  /** Holds the tables against what was taken. */
  async verify(sql: Sql): Promise<void> {
    const { workspaceId } = this;
    for (const row of await listPrincipals(sql, workspaceId)) {
      if (row.kind !== "SYSTEM" || this.#principals.has(row.id)) {
        this.#principals.hold(row.id, {
          ...row,
          roles: canonical(row.roles),
          queues: canonical(row.queues),
        });
      } else if (row.roles !== "[]") this.findings.report(null, `the system principal ${row.id} has roles`);
    }
    for (const row of await storedKeys(sql, workspaceId)) {
      const fingerprint = typeof row.secret_hash === "string" ? fingerprintOf(row.secret_hash) : null;
      this.#keys.hold(row.id, { ...row, fingerprint });
    }
    const queues = await listQueueRows(sql, workspaceId);
    for (const row of queues) {
      if (row.name !== FIRST_QUEUE || this.#queues.has(row.name)) this.#queues.hold(row.name, row);
      else if (row.minimum_approvals !== 1) {
        this.findings.report(
          null,
          `the queue ${FIRST_QUEUE} asks for ${shown(row.minimum_approvals)} approvals, and no event says so`,
        );
      }
    }
    for (const rows of [this.#principals, this.#keys, this.#queues]) rows.missing();
    await this.#signIns.verify(sql);
  }

  #member(sequence: number, at: number, data: EventBody["data"]): void {
    const { name, kind, roles = null, queues = null, email = null, removed = false } = data;
    const id = String(data.principalId);
    this.#repeated(id, sequence, data);
    this.#principals.expect(id, sequence, {
      name,
      kind,
      email,
      roles: canonicalText(roles),
      queues: canonicalText(queues),
      removed_at: removed === true ? at : null,
    });
    const reviews =
      kind === "HUMAN" && removed !== true && Array.isArray(roles) && roles.includes("REVIEWER");
    if (reviews) this.#reviewers.add(id);
    else this.#reviewers.delete(id);
    this.#signIns.member(sequence, at, data);
  }

  /**
   * A link for somebody who is a member already changes nothing about them. Where its event says otherwise, it has put on
   * record what somebody wrote into the member's row.
   */
  #repeated(id: string, sequence: number, data: EventBody["data"]): void {
    const { name, kind, email = null, roles = null, queues = null, removed = false } = data;
    const said = canonicalText({ name, kind, email, roles, queues, removed });
    const before = this.#said.get(id);
    if (data.invitation !== undefined && before?.removed === false && before.said !== said)
      this.findings.report(
        sequence,
        `event ${sequence} sends a link to ${shown(id)}, and makes somebody else of them`,
      );
    this.#said.set(id, { said, removed: removed === true });
  }

  #key(sequence: number, at: number, data: EventBody["data"]): void {
    const { principalId, expiresAt, fingerprint, onBehalfOf = null, replaces } = data;
    this.#keys.expect(String(data.keyId), sequence, {
      principal_id: principalId,
      created_at: at,
      expires_at: instantOf(expiresAt),
      revoked_at: null,
      on_behalf_of: onBehalfOf,
      fingerprint,
    });
    if (typeof replaces !== "object" || replaces === null) return;
    const { keyId, until } = replaces as Readonly<Record<string, unknown>>;
    if (!this.#keys.amend(String(keyId), sequence, { expires_at: instantOf(until) }))
      this.findings.report(sequence, `event ${sequence} replaces a key that was never created`);
  }

  #revoked(sequence: number, at: number, data: EventBody["data"]): void {
    if (!this.#keys.amend(String(data.keyId), sequence, { revoked_at: at }))
      this.findings.report(sequence, `event ${sequence} revokes a key that was never created`);
  }

  #queue(sequence: number, { queue, minimumApprovals }: EventBody["data"]): void {
    this.#queues.expect(String(queue), sequence, { minimum_approvals: minimumApprovals });
  }
}

interface StoredKey {
  readonly id: string;
  readonly secret_hash: unknown;
}

/** Without the principals: a key whose principal is gone must be looked at too. */
async function storedKeys(sql: Sql, workspaceId: string): Promise<StoredKey[]> {
  return sql.query<StoredKey>(
    "SELECT id, principal_id, secret_hash, created_at, expires_at, revoked_at, on_behalf_of FROM api_key " +
      "WHERE workspace_id = ? ORDER BY id",
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
