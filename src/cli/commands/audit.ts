import type { Command } from "commander";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, plain, printData, say, type Terminal } from "../terminal.js";
import { withOperator } from "../with-operator.js";

interface AuditOptions extends CommonOptions {
  readonly workspace: string;
  readonly checkpoint?: string;
}

const PROGRESS_EVERY_MS = 1_000;

/** `audit verify` and `audit export`. */
export function addAuditCommands(program: Command, terminal: Terminal, run: Runner): void {
  const audit = program.command("audit").description("the record");
  audit
    .command("verify")
    .description(
      "re-derive the whole record and compare every table with it; exits with 3 where something is wrong",
    )
    .option("--workspace <name>", "the workspace", "default")
    .option("--checkpoint <file>", "the last checkpoints known outside (those in DATA_DIR, unless told)")
    .option("--json", "print JSON")
    .action((options: AuditOptions) => run(options, () => verify(terminal, options)));
  audit
    .command("export")
    .description("write the record as JSON Lines to standard output, for the offline verifier")
    .option("--workspace <name>", "the workspace", "default")
    .action((options: AuditOptions) =>
      run(options, () =>
        withOperator(
          terminal,
          (operator) => operator.export(options.workspace, (line) => writeLine(terminal, line)),
          "inspect",
        ),
      ),
    );
}

async function verify(terminal: Terminal, options: AuditOptions): Promise<void> {
  const { EXIT } = await import("../../server/exit-codes.js");
  const onProgress = options.json === true ? undefined : progress(terminal);
  const verdict = await withOperator(
    terminal,
    (operator) => operator.verify(options.workspace, { checkpoint: options.checkpoint, onProgress }),
    "inspect",
  );
  if (!verdict.ok) terminal.setExitCode(EXIT.verificationFailed);
  const text = verdict.ok
    ? `The record holds: ${verdict.events} events, ${verdict.tickets} tickets, up to sequence ${verdict.lastSequence} ` +
      `(${verdict.checkpointSequence === null ? "no checkpoint was at hand" : `checkpoint at ${verdict.checkpointSequence}`}).`
    : `The record does NOT hold${verdict.sequence === null ? "" : ` at sequence ${verdict.sequence}`}: ${plain(verdict.reason)}` +
      `${verdict.more === undefined || verdict.more === 0 ? "" : ` (and ${verdict.more} more)`}`;
  printData(terminal, options, verdict, text);
}

function progress(terminal: Terminal): (done: { readonly pass: string; readonly done: number }) => void {
  let last = Date.now();
  return ({ pass, done }) => {
    if (Date.now() - last < PROGRESS_EVERY_MS) return;
    last = Date.now();
    say(terminal, `${done} ${pass} …`);
  };
}

/** Waits for the reader, so that an export of any size takes little memory. */
function writeLine({ stdout }: Terminal, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(`${line}\n`, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
