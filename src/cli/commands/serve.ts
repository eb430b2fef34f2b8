import type { Command } from "commander";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, say, type Terminal } from "../terminal.js";

/** `serve` and `migrate`. */
export function addServeCommands(program: Command, terminal: Terminal, run: Runner): void {
  program
    .command("serve")
    .description(
      "run the server until SIGTERM or SIGINT; settings are environment variables (docs/settings.md)",
    )
    .option("--demo", "play a story against it: a proposal comes in every few seconds")
    .action((options: { demo?: boolean }) =>
      run({}, async () => {
        const { serve } = await import("../../server/serve.js");
        const host = {
          env: terminal.env,
          terminal: terminal.stderr,
          on: (signal: NodeJS.Signals, listener: () => void) => terminal.on(signal, listener),
        };
        await serve(host, { demo: options.demo === true });
      }),
    );
  program
    .command("migrate")
    .description("bring the database's schema up to this version")
    .option("--json", "print JSON")
    .action((options: CommonOptions) =>
      run(options, async () => {
        const { migrateDatabase } = await import("../../server/migrate-database.js");
        const migrations = await migrateDatabase(terminal.env);
        if (options.json === true) terminal.stdout.write(`${JSON.stringify({ migrations })}\n`);
        say(
          terminal,
          migrations.length === 0 ? "The schema is up to date." : `Migrated: ${migrations.join(", ")}`,
        );
      }),
    );
}
