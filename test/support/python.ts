import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { killed } from "./process-guard.js";

const root = join(import.meta.dirname, "../..");
const SYSTEM_PYTHON = "/usr/bin/python3";

/** The Python that has what the tests need; scripts/ensure-system-packages.mjs looks for it at the same places. */
export const PYTHON = process.env.PYTHON_PATH || (existsSync(SYSTEM_PYTHON) ? SYSTEM_PYTHON : "python3");

/** Where the client and its tests are. */
export const CLIENT_DIRECTORY = join(root, "clients/python");

/** A Python process that finds the client's sources, and leaves nothing beside them. */
export interface PythonRun {
  readonly process: ChildProcess;
  /** Everything that it has said so far. */
  said(): string;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number | null>;
  kill(): Promise<void>;
}

export function runPython(
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
) {
  return runProgram(PYTHON, args, {
    ...options,
    env: { PYTHONPATH: join(CLIENT_DIRECTORY, "src"), ...options.env },
  });
}

/** Any program, in an environment without the settings that the tests' own process may have been given. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env = {}, cwd = root }: { env?: Record<string, string>; cwd?: string } = {},
): PythonRun {
  const child = spawn(program, args, {
    cwd,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: inject("runDirectory"),
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONUNBUFFERED: "1",
      PYTHONUTF8: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      said += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { process: child, said: () => said, ended, kill: () => killed(child) };
}
