import type { Command } from "commander";
import type { CreatedKey, KeyInfo, KeyRequest } from "../../server/operator.js";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, plain, printData, say, type Terminal, table } from "../terminal.js";
import { UsageError } from "../usage-error.js";
import { withOperator } from "../with-operator.js";

interface WorkspaceOption extends CommonOptions {
  readonly workspace: string;
}

interface CreateOptions extends WorkspaceOption {
  readonly name?: string;
  readonly role?: string;
  readonly kind?: string;
  readonly queue?: string[];
  readonly expires?: string;
  readonly principal?: string;
}

/** `keys create`, `list` and `revoke`. */
export function addKeyCommands(program: Command, terminal: Terminal, run: Runner): void {
  const keys = program.command("keys").description("API keys, for agents and for humans");
  keys
    .command("create")
    .description("create a key, and whoever it is for; the key is shown this once")
    .option("--name <name>", "of the agent or human")
    .option("--role <roles>", "agent, reviewer, auditor or admin; several with commas")
    .option("--kind <kind>", "agent or human")
    .option("--queue <name...>", "the queues a reviewer works in (every one, unless told)")
    .option("--expires <when>", "an ISO 8601 instant, or a span such as 30d, 12h or 15m")
    .option("--principal <id>", "a further key for somebody who has one, instead of a name, roles and a kind")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: CreateOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const expiresAt = options.expires === undefined ? null : instantOf(options.expires, Date.now());
          const made =
            options.principal === undefined
              ? await operator.createKey(options.workspace, requestOf(options, expiresAt))
              : await operator.createFurtherKey(options.workspace, options.principal, expiresAt);
          printData(terminal, options, shown(made), made.key);
          if (options.json !== true)
            say(
              terminal,
              `Key ${made.id} for ${plain(made.name)} (${made.principalId}). It is shown this once.`,
            );
        }),
      ),
    );
  keys
    .command("list")
    .description("list the keys of a workspace, without their secrets")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: WorkspaceOption) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const found = await operator.listKeys(options.workspace);
          const rows = found.map((key) => [
            key.id,
            plain(key.name),
            key.kind,
            key.roles.join(","),
            key.queues === null ? "all" : plain(key.queues.join(",")),
            iso(key.expiresAt) ?? "never",
            stateOf(key, Date.now()),
          ]);
          const heading = ["ID", "NAME", "KIND", "ROLES", "QUEUES", "EXPIRES", "STATE"];
          printData(terminal, options, found.map(shown), table([heading, ...rows]));
        }),
      ),
    );
  keys
    .command("revoke")
    .description("end a key; its open connections end within five seconds")
    .argument("<key-id>")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((keyId: string, options: WorkspaceOption) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const revoked = await operator.revokeKey(options.workspace, keyId);
          printData(terminal, options, shown(revoked), "");
          if (options.json !== true) say(terminal, `Revoked ${revoked.id} of ${plain(revoked.name)}.`);
        }),
      ),
    );
}

function requestOf({ name, role, kind, queue }: CreateOptions, expiresAt: number | null): KeyRequest {
  if (name === undefined || role === undefined || kind === undefined) {
    throw new UsageError("keys create needs --name, --role and --kind, or --principal.");
  }
  return {
    name,
    kind: oneOf("--kind", kind, ["AGENT", "HUMAN"] as const),
    roles: role
      .split(",")
      .map((one) => oneOf("--role", one, ["AGENT", "REVIEWER", "AUDITOR", "ADMIN"] as const)),
    queues: queue ?? null,
    expiresAt,
  };
}

function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text.trim().toUpperCase());
  if (found === undefined) {
    throw new UsageError(`${option} expects one of ${words.join(", ").toLowerCase()}, not "${text}".`);
  }
  return found;
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws UsageError where it is neither an instant nor a span, or lies in the past */
function instantOf(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const instant =
    unit !== undefined
      ? now + Number(count) * (UNITS[unit] ?? 0)
      : /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
        ? Date.parse(text)
        : Number.NaN;
  if (!(instant > now)) {
    throw new UsageError(
      `--expires expects an instant to come, such as 2030-01-31T12:00:00Z, or a span such as 30d; not "${text}".`,
    );
  }
  return instant;
}

function shown(key: KeyInfo | CreatedKey) {
  const { id, principalId, name, kind, roles, queues } = key;
  return {
    id,
    principalId,
    ...("key" in key ? { key: key.key } : {}),
    name,
    kind,
    roles,
    queues,
    createdAt: iso(key.createdAt),
    expiresAt: iso(key.expiresAt),
    revokedAt: iso(key.revokedAt),
  };
}

function iso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}

function stateOf({ revokedAt, expiresAt }: KeyInfo, now: number): string {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : "valid";
}
