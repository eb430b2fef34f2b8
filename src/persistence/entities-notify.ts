import type { EntitySchema } from "typeorm";
import { big, type DialectTypes, id, index, nullable, primary, table, text } from "./entity-columns.js";

/** The tables of what tells the outside: followers' positions, where to, what is under way, and who wants what. */
export function notifyTables({ longText, int }: DialectTypes): EntitySchema[] {
  return [
    table("follower", { name: id(primary), workspace_id: id(primary), sequence: big() }),
    table(
      "endpoint",
      {
        id: id(primary),
        workspace_id: id(),
        channel: text(16),
        name: text(200),
        url: longText(nullable),
        queues: longText(nullable),
        types: longText(nullable),
        principal_id: id(nullable),
        secret: text(200, nullable),
        previous_secret: text(200, nullable),
        previous_until: big(nullable),
        created_at: big(),
        disabled_at: big(nullable),
        disabled_reason: text(500, nullable),
        removed_at: big(nullable),
      },
      [index("endpoint_workspace", "workspace_id", "id")],
    ),
    table(
      "delivery",
      {
        id: id(primary),
        workspace_id: id(),
        channel: text(16),
        target: id(),
        ticket_id: id(),
        sequence: big(),
        reason: text(16),
        url: longText(nullable),
        state: text(16),
        attempts: int(),
        due_at: big(),
        created_at: big(),
        problem: text(500, nullable),
        http_status: int(nullable),
        dead_at: big(nullable),
      },
      [
        { ...index("delivery_once", "workspace_id", "target", "sequence", "reason"), unique: true },
        index("delivery_due", "state", "channel", "due_at", "id"),
        index("delivery_lane", "target", "ticket_id", "state", "sequence"),
        index("delivery_dead", "workspace_id", "state", "id"),
        index("delivery_dead_target", "workspace_id", "state", "target", "sequence"),
      ],
    ),
    table("ticket_callback", { ticket_id: id(primary), workspace_id: id(), url: longText() }),
    table("notification_preference", {
      principal_id: id(primary),
      queue: id(primary),
      workspace_id: id(),
      mail: text(16),
    }),
    table("notification_hours", {
      principal_id: id(primary),
      workspace_id: id(),
      time_zone: text(64),
      quiet_from: int(nullable),
      quiet_until: int(nullable),
      digest_at: int(),
    }),
    table("queue_notice", {
      workspace_id: id(primary),
      queue: id(primary),
      remind_minutes: int(nullable),
      escalate_minutes: int(nullable),
      escalate_to: longText(),
    }),
    table("ticket_notice", {
      ticket_id: id(primary),
      revision: int(primary),
      reason: text(16, primary),
      workspace_id: id(),
      noticed_at: big(),
    }),
  ];
}
