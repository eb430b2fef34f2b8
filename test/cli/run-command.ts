import { runCli } from "../../src/cli/run-cli.js";

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Whether it believes that people read. */
  readonly isTTY?: boolean;
}

/** Runs a command line in this process, with streams of its own. */
export async function runCommand(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, stdin = "", isTTY = false } = options;
  const written = { stdout: "", stderr: "", code: 0 };
  const output = (name: "stdout" | "stderr") => ({
    isTTY,
    write: (text: string, done?: (error?: Error | null) => void): boolean => {
      written[name] += text;
      done?.();
      return true;
    },
  });
  await runCli(args, {
    env,
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: (async function* () {
      yield stdin;
    })(),
    on: () => undefined,
    setExitCode: (code) => {
      written.code = code;
    },
  });
  return written;
}
