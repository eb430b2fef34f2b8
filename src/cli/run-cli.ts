import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addAuditCommands } from "./commands/audit.js";
import { addEndpointCommands } from "./commands/endpoints.js";
import { addKeyCommands } from "./commands/keys.js";
import { addMemberCommands } from "./commands/members.js";
import { addReviewCommands } from "./commands/review.js";
import { addServeCommands } from "./commands/serve.js";
import { addWorkspaceCommands } from "./commands/workspaces.js";
import type { CommonOptions, Terminal } from "./terminal.js";
import { USAGE_EXIT } from "./usage-exit.js";

/** Runs a command's work and reports its failure. */
export type Runner = (options: CommonOptions, work: () => Promise<void>) => Promise<void>;

/** Runs one command line; sets the exit status rather than ending the process, so that what is written gets out. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<void> {
  const program = new Command("countersign")
    .description("Human-in-the-loop review: agents propose, humans sign off, the record proves it.")
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .showHelpAfterError("(countersign --help shows what there is)");
  const run: Runner = async (options, work) => {
    try {
      await work();
    } catch (error) {
      const { reportFailure } = await import("./failure.js");
      reportFailure(terminal, options, error);
    }
  };
  addServeCommands(program, terminal, run);
  addWorkspaceCommands(program, terminal, run);
  addMemberCommands(program, terminal, run);
  addKeyCommands(program, terminal, run);
  addEndpointCommands(program, terminal, run);
  addAuditCommands(program, terminal, run);
  addReviewCommands(program, terminal, run);
  // Sub-commands were made before their parents' settings could be handed down.
  for (const command of everyCommand(program)) command.copyInheritedSettings(program).exitOverride();
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) terminal.setExitCode(USAGE_EXIT);
  }
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child as Command, ...everyCommand(child as Command)]);
}

function version(): string {
  const { version: text } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as {
    version: string;
  };
  return text;
}
