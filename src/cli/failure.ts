import { CountersignError } from "../client/hitl-client.js";
import { EXIT, exitCodeOfCode, exitCodeOfError } from "../server/exit-codes.js";
import { type CommonOptions, plain, say, strong, type Terminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";

const CLIENT_EXIT: Readonly<Record<string, number>> = {
  NETWORK: EXIT.network,
  BAD_RESPONSE: EXIT.network,
  TIMEOUT: EXIT.timeout,
  ABORTED: EXIT.timeout,
  BAD_CONFIGURATION: EXIT.usage,
  CREDENTIAL_UNAVAILABLE: EXIT.usage,
};

/** Says what went wrong on standard error and sets the exit status; with `--json` as one JSON object. */
export function reportFailure(terminal: Terminal, options: CommonOptions, error: unknown): void {
  terminal.setExitCode(exitCodeFor(error));
  const { code, message, details } = facts(error);
  if (options.json === true) {
    terminal.stderr.write(`${JSON.stringify({ error: { code, message, ...details } })}\n`);
    return;
  }
  say(terminal, `${strong(terminal, code)}: ${message.split("\n").map(plain).join("\n")}`);
}

function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof CountersignError) return CLIENT_EXIT[error.code] ?? exitCodeOfCode(error.code);
  return exitCodeOfError(error);
}

function facts(error: unknown): {
  code: string;
  message: string;
  details: Readonly<Record<string, unknown>>;
} {
  if (!(error instanceof Error)) return { code: "ERROR", message: String(error), details: {} };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const details =
    "details" in error && typeof error.details === "object" && error.details !== null ? error.details : {};
  return { code, message: error.message, details: details as Readonly<Record<string, unknown>> };
}
