import type { EntitySchema } from "typeorm";
import type { Dialect } from "./dialect.js";
import { notifyTables } from "./entities-notify.js";
import { big, type DialectTypes, id, index, nullable, primary, table, text } from "./entity-columns.js";

/**
 * The tables, for one database. Property names are the column names: rows are read and written as they are, and mapping
 * to the domain happens in the queries.
 */
export function entities(dialect: Dialect): EntitySchema[] {
  const types: DialectTypes = {
    longText: (extra = {}) => ({ type: dialect.longText, ...extra }),
    int: (extra = {}) => ({ type: dialect.integer, ...extra }),
  };
  return [...identityTables(types), ...ticketTables(types), ...ledgerTables(types), ...notifyTables(types)];
}

function identityTables({ longText, int }: DialectTypes): EntitySchema[] {
  return [
    table("workspace", { id: id(primary), name: text(200), created_at: big() }, [
      { ...index("workspace_name", "name"), unique: true },
    ]),
    table("queue", {
      workspace_id: id(primary),
      name: id(primary),
      minimum_approvals: int(),
      created_at: big(),
    }),
    table(
      "principal",
      {
        id: id(primary),
        workspace_id: id(),
        name: text(200),
        kind: text(16),
        roles: text(100),
        queues: longText(nullable),
        created_at: big(),
        email: text(254, nullable),
        removed_at: big(nullable),
      },
      [
        index("principal_workspace", "workspace_id", "id"),
        // One member per address; agents have none, and any number of rows may lack one.
        { ...index("principal_email", "workspace_id", "email"), unique: true },
      ],
    ),
    table(
      "api_key",
      {
        id: id(primary),
        workspace_id: id(),
        principal_id: id(),
        name: text(200),
        secret_hash: text(64),
        created_at: big(),
        expires_at: big(nullable),
        revoked_at: big(nullable),
        on_behalf_of: id(nullable),
      },
      [
        index("api_key_workspace", "workspace_id", "id"),
        index("api_key_principal", "workspace_id", "principal_id", "id"),
      ],
    ),
    table(
      "sign_in_link",
      {
        id: id(primary),
        workspace_id: id(),
        principal_id: id(),
        secret_hash: text(64),
        created_at: big(),
        expires_at: big(),
        used_at: big(nullable),
      },
      [index("sign_in_link_principal", "workspace_id", "principal_id")],
    ),
    table(
      "session",
      {
        id: id(primary),
        workspace_id: id(),
        principal_id: id(),
        secret_hash: text(64),
        created_at: big(),
        seen_at: big(),
        expires_at: big(),
        ended_at: big(nullable),
      },
      [index("session_principal", "workspace_id", "principal_id")],
    ),
    table(
      "external_identity",
      {
        id: id(primary),
        workspace_id: id(),
        principal_id: id(),
        issuer: longText(),
        subject: longText(),
        claims_at: big(),
        created_at: big(),
      },
      [index("external_identity_principal", "workspace_id", "principal_id")],
    ),
  ];
}

function ticketTables({ longText, int }: DialectTypes): EntitySchema[] {
  return [
    table(
      "ticket",
      {
        id: id(primary),
        workspace_id: id(),
        queue: id(),
        status: text(16),
        priority: int(),
        approvals_required: int(),
        submitted_by: id(),
        submitted_at: big(),
        updated_at: big(),
        revision: int(),
        digest: text(80),
        revision_by: id(),
        revision_for: id(nullable),
        counted: longText(),
        assignee_id: id(nullable),
        claimed_until: big(nullable),
        due_at: big(),
        expires_at: big(nullable),
      },
      [
        index("ticket_newest", "workspace_id", "submitted_at", "id"),
        index("ticket_status_newest", "workspace_id", "status", "submitted_at", "id"),
        index("ticket_status_priority", "workspace_id", "status", "priority", "submitted_at", "id"),
        index("ticket_status_due", "workspace_id", "status", "due_at", "id"),
        index("ticket_submitter", "workspace_id", "submitted_by", "submitted_at", "id"),
        index("ticket_assignee", "workspace_id", "assignee_id", "submitted_at", "id"),
        index("ticket_expiry", "status", "expires_at"),
      ],
    ),
    table(
      "proposal",
      {
        ticket_id: id(primary),
        revision: int(primary),
        workspace_id: id(),
        title: text(300),
        detail: longText(nullable),
        payload: longText(nullable),
        digest: text(80),
        search_text: longText(),
        submitted_by: id(),
        submitted_at: big(),
        sequence: big(),
      },
      [index("proposal_digest", "workspace_id", "digest")],
    ),
    table("review", {
      ticket_id: id(primary),
      sequence: big(primary),
      workspace_id: id(),
      revision: int(),
      reviewer_id: id(),
      outcome: text(16),
      comments: longText(nullable),
      reviewed_at: big(),
    }),
    table("review_retraction", {
      ticket_id: id(primary),
      review_sequence: big(primary),
      workspace_id: id(),
      sequence: big(),
      retracted_at: big(),
    }),
    table("decision", {
      ticket_id: id(primary),
      revision: int(primary),
      workspace_id: id(),
      status: text(16),
      comments: longText(nullable),
      decided_by: id(),
      decided_by_name: text(200),
      decided_by_kind: text(16),
      decided_at: big(),
      sequence: big(),
      hash: text(64),
      receipt: longText(nullable),
    }),
    table("decision_read", {
      ticket_id: id(primary),
      principal_id: id(primary),
      revision: int(primary),
      status: text(16, primary),
    }),
    table(
      "ticket_viewer",
      {
        server_id: id(primary),
        ticket_id: id(primary),
        principal_id: id(primary),
        workspace_id: id(),
        since: big(),
      },
      [index("ticket_viewer_ticket", "ticket_id")],
    ),
    table(
      "snooze",
      {
        ticket_id: id(primary),
        principal_id: id(primary),
        workspace_id: id(),
        revision: int(),
        snoozed_until: big(nullable),
        sequence: big(),
      },
      [index("snooze_principal", "principal_id", "snoozed_until")],
    ),
  ];
}

function ledgerTables({ longText, int }: DialectTypes): EntitySchema[] {
  return [
    table("ledger_head", { workspace_id: id(primary), sequence: big(), hash: text(64), occurred_at: big() }),
    table(
      "audit_event",
      {
        workspace_id: id(primary),
        sequence: big(primary),
        type: text(32),
        ticket_id: id(nullable),
        revision: int(nullable),
        actor_id: id(),
        occurred_at: big(),
        body: longText(),
        previous_hash: text(64),
        hash: text(64),
      },
      [
        index("audit_event_ticket", "ticket_id", "sequence"),
        index("audit_event_type", "workspace_id", "type", "sequence"),
      ],
    ),
    table("idempotency", {
      workspace_id: id(primary),
      principal_id: id(primary),
      mutation: text(32, primary),
      idempotency_key: text(255, primary),
      content_hash: text(64),
      ticket_id: id(),
      sequence: big(),
      hash: text(64),
      settled_revision: int(nullable),
      created_at: big(),
    }),
    table("lease", { name: id(primary), holder: id(), expires_at: big() }),
  ];
}

/** Rows in these tables are never changed nor removed; triggers refuse it. Each with its key columns. */
export const APPEND_ONLY: Readonly<Record<string, readonly string[]>> = {
  audit_event: ["workspace_id", "sequence"],
  proposal: ["ticket_id", "revision"],
  review: ["ticket_id", "sequence"],
  review_retraction: ["ticket_id", "review_sequence"],
  decision: ["ticket_id", "revision"],
};
