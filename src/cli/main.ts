#!/usr/bin/env node
import { runCli } from "./run-cli.js";

/** What shells show for a process that SIGPIPE ended. */
const SIGPIPE_EXIT = 141;

// A reader that has had enough (head, a pager that was left) is no failure of ours, and nothing more can be told to it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(SIGPIPE_EXIT);
});

await runCli(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  on: (signal, listener) => process.on(signal, listener),
  setExitCode: (code) => {
    process.exitCode = code;
  },
});
