#!/usr/bin/env node
import { runCli } from "./run-cli.js";

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
