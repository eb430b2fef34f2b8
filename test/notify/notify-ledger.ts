import type { Actor, Role } from "../../src/domain/principal.js";
import type { Submit } from "../../src/domain/ticket-command.js";
import { createQueue } from "../../src/identity/queues.js";
import { systemActor } from "../../src/identity/workspaces.js";
import type { DatabaseKind } from "../support/databases.js";
import { openTestLedger, submission, type TestLedger } from "../support/test-ledger.js";

/** A ledger with an agent, an admin, the queues `default` and `loans`, and people who can be mailed. */
export interface NotifyLedger extends TestLedger {
  readonly agent: Actor;
  readonly admin: Actor;
  /** Makes a human with an address. */
  human(name: string, roles?: Role[], queues?: string[] | null): Promise<Actor>;
  submit(overrides?: Partial<Submit>): Promise<string>;
  /** The data of the workspace's SETTINGS_CHANGED events about that setting, oldest first. */
  settings(setting: string): Promise<Record<string, unknown>[]>;
  rows<Row>(text: string, values?: readonly (string | number)[]): Promise<Row[]>;
  write(text: string, values?: readonly (string | number | null)[]): Promise<void>;
}

export async function openNotifyLedger(kind: DatabaseKind): Promise<NotifyLedger> {
  const test = await openTestLedger(kind);
  const { database, ledger, workspaceId } = test;
  const write: NotifyLedger["write"] = async (text, values) => {
    await database.transaction((sql) => sql.query(text, values));
  };
  const human: NotifyLedger["human"] = async (name, roles = ["REVIEWER"], queues = null) => {
    const actor = await test.actor(name, "HUMAN", roles, queues);
    await write("UPDATE principal SET email = ? WHERE id = ?", [`${actor.id}@example.org`, actor.id]);
    return actor;
  };
  const agent = await test.actor("agent", "AGENT", ["AGENT"]);
  const admin = await human("admin", ["ADMIN"]);
  const operator = await systemActor(database.read, workspaceId);
  await createQueue(ledger, { workspaceId, name: "loans", minimumApprovals: 1, actor: operator });
  return {
    ...test,
    agent,
    admin,
    human,
    write,
    submit: async (overrides = {}) => {
      const { ticket } = await ledger.execute({
        actor: agent,
        command: submission("A loan", { queue: "loans", ...overrides }),
      });
      return ticket.state.id;
    },
    settings: async (setting) => {
      const rows = await database.read.query<{ body: string }>(
        "SELECT body FROM audit_event WHERE workspace_id = ? AND type = 'SETTINGS_CHANGED' ORDER BY sequence",
        [workspaceId],
      );
      const data = rows.map(({ body }) => (JSON.parse(body) as { data: Record<string, unknown> }).data);
      return data.filter((one) => one.setting === setting);
    },
    rows: (text, values = []) => database.read.query(text, values),
  };
}
