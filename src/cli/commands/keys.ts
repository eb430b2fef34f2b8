import type { Command } from "commander";
import type { CreatedKey, KeyInfo, KeyRequest } from "../../server/operator.js";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, plain, printData, say, type Terminal, table } from "../terminal.js";
import { UsageError } from "../usage-error.js";
import { withOperator } from "../with-operator.js";
import { instantOf, iso, oneOf, rolesOf, spanOf } from "../words.js";

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
  readonly label?: string;
  readonly onBehalfOf?: string;
}

interface RotateOptions extends WorkspaceOption {
  readonly overlap: string;
  readonly expires?: string;
}

/** `keys create`, `rotate`, `list` and `revoke`. */
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
    .option("--label <text>", "what it is for (the name, unless told)")
    .option("--on-behalf-of <id>", "the human behind an agent's key: who cannot review what it submits")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: CreateOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const expiresAt = options.expires === undefined ? null : instantOf(options.expires, Date.now());
          const made =
            options.principal === undefined
              ? await operator.createKey(options.workspace, requestOf(options, expiresAt))
              : await operator.createFurtherKey(options.workspace, {
                  principalId: options.principal,
                  expiresAt,
                  label: options.label,
                  onBehalfOf: options.onBehalfOf,
                });
          printKey(terminal, options, made);
        }),
      ),
    );
  keys
    .command("rotate")
    .description("replace a key; both work until the overlap has passed. The new one is shown this once")
    .argument("<key-id>")
    .option("--overlap <span>", "how long the old key goes on working: 24h, 30m, 7d or 0m", "24h")
    .option("--expires <when>", "of the new key: an ISO 8601 instant, or a span such as 30d, 12h or 15m")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((keyId: string, options: RotateOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const overlap = spanOf(options.overlap);
          if (overlap === undefined)
            throw new UsageError(`--overlap expects a span such as 24h or 30m, not "${options.overlap}".`);
          const { made, replaced } = await operator.rotateKey(options.workspace, {
            keyId,
            overlapMinutes: overlap / 60_000,
            expiresAt: options.expires === undefined ? null : instantOf(options.expires, Date.now()),
          });
          printKey(terminal, options, made, { replaced: shown(replaced) });
          if (options.json !== true) say(terminal, `${replaced.id} works until ${iso(replaced.expiresAt)}.`);
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
            plain(key.label),
            key.kind,
            key.roles.join(","),
            key.queues === null ? "all" : plain(key.queues.join(",")),
            key.onBehalfOf ?? "-",
            iso(key.expiresAt) ?? "never",
            stateOf(key, Date.now()),
          ]);
          const heading = [
            "ID",
            "NAME",
            "LABEL",
            "KIND",
            "ROLES",
            "QUEUES",
            "ON BEHALF OF",
            "EXPIRES",
            "STATE",
          ];
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

function requestOf(
  { name, role, kind, queue, label, onBehalfOf }: CreateOptions,
  expiresAt: number | null,
): KeyRequest {
  if (name === undefined || role === undefined || kind === undefined) {
    throw new UsageError("keys create needs --name, --role and --kind, or --principal.");
  }
  return {
    name,
    kind: oneOf("--kind", kind, ["AGENT", "HUMAN"] as const),
    roles: rolesOf(role),
    queues: queue ?? null,
    expiresAt,
    label,
    onBehalfOf,
  };
}

function printKey(terminal: Terminal, options: CommonOptions, made: CreatedKey, more: object = {}): void {
  printData(terminal, options, { ...shown(made), ...more }, made.key);
  if (options.json === true) return;
  say(terminal, `Key ${made.id} for ${plain(made.name)} (${made.principalId}). It is shown this once.`);
}

function shown(key: KeyInfo | CreatedKey) {
  const { id, principalId, name, label, kind, roles, queues, onBehalfOf } = key;
  return {
    id,
    principalId,
    ...("key" in key ? { key: key.key } : {}),
    name,
    label,
    kind,
    roles,
    queues,
    onBehalfOf,
    createdAt: iso(key.createdAt),
    expiresAt: iso(key.expiresAt),
    revokedAt: iso(key.revokedAt),
  };
}

function stateOf({ revokedAt, expiresAt }: KeyInfo, now: number): string {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : "valid";
}
