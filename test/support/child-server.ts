import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cleanUpAfterThisProcess, killed, letGo } from "./process-guard.js";

/** How a process came to its end. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildServerOptions {
  /** Settings of the server, as environment variables; DATABASE_URL and DATA_DIR at least. */
  readonly env: Readonly<Record<string, string>> & {
    readonly DATABASE_URL: string;
    readonly DATA_DIR: string;
  };
  /** Beyond this, writing to a file fails: as on a full disk. */
  readonly maxFileBytes?: number;
}

/** The built server (`countersign serve`) in a process of its own, on a free port. */
export interface ChildServer {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, whatever ended it. */
  readonly ended: Promise<ProcessEnd>;
  /** The end of what it has written to standard error. */
  readonly output: string;
  /** Lines of its log that are errors, the last hundred at most. */
  readonly errors: readonly string[];
  /** SIGKILL, sent before this returns; resolves when the process is gone. */
  kill(): Promise<ProcessEnd>;
  /** SIGTERM; resolves when the process has ended. */
  terminate(): Promise<ProcessEnd>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = `${ROOT}dist/cli/main.js`;
/** These servers are for load, all of it from one address. */
const UNLIMITED = { RATE_PRINCIPAL: "0", RATE_ADDRESS: "0", SOCKETS_PER_ADDRESS: "1000000" };
const START_TIMEOUT_MS = 90_000;
const KEPT_OUTPUT = 16_000;
const KEPT_ERRORS = 100;

/**
 * Starts a server as a child process and waits until it takes requests. It ends with `kill` or `terminate`, and with
 * this process, however that ends.
 * @throws Error with the end of its output where it does not come up
 */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const child = new Child(options);
  await child.listening();
  return child;
}

/** Like {@link startChildServer}, but gives the process at once: for who wants to kill it while it starts. */
export function launchChildServer(options: ChildServerOptions): ChildServer & { listening(): Promise<void> } {
  return new Child(options);
}

/**
 * Runs a command of the built command line to its end, on the same settings.
 * @returns what it has written to standard output
 * @throws Error with its exit code and both outputs where that is not 0
 */
export async function runCommand(args: readonly string[], { env }: ChildServerOptions): Promise<string> {
  buildOnce();
  const running = promisify(execFile)(process.execPath, [MAIN, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
  });
  const { stdout } = await running.catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`, { cause: error });
  });
  return stdout;
}

class Child implements ChildServer {
  readonly ended: Promise<ProcessEnd>;
  readonly #process: ChildProcess;
  readonly #guard: ChildProcess | undefined;
  readonly #errors: string[] = [];
  #output = "";
  #line = "";
  #url: string | undefined;
  #heard: () => void = () => undefined;

  constructor({ env, maxFileBytes }: ChildServerOptions) {
    buildOnce();
    const command = [process.execPath, MAIN, "serve"];
    const [program = "", ...args] = maxFileBytes === undefined ? command : limited(command, maxFileBytes);
    this.#process = spawn(program, args, {
      cwd: ROOT,
      // Nothing of the test runner's own environment: the server must not notice that it is watched.
      env: {
        PATH: process.env.PATH,
        PORT: "0",
        LOG_LEVEL: "warn",
        PLAYGROUND: "false",
        ...UNLIMITED,
        ...env,
      },
      // A process group of its own: Ctrl-C in the terminal ends the run, and the run ends the server.
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.ended = new Promise((resolve) => {
      this.#process.once("exit", (code, signal) => {
        resolve({ code, signal });
        this.#heard();
        void killed(this.#guard);
      });
      this.#process.once("error", (error) => {
        this.#output += error.message;
        resolve({ code: null, signal: null });
        this.#heard();
      });
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#output = (this.#output + text).slice(-KEPT_OUTPUT);
      this.#keepErrors(text);
      this.#url ??= /API +(http:\/\/[^/\s]+)\/graphql\n/.exec(this.#output)?.[1];
      if (this.#url !== undefined) this.#heard();
    });
    if (this.#process.pid !== undefined) {
      this.#guard = cleanUpAfterThisProcess({ directory: env.DATA_DIR, pid: this.#process.pid });
    }
    letGo(this.#process);
  }

  get url(): string {
    if (this.#url === undefined) throw new Error("this server does not listen yet");
    return this.#url;
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`the server could not be started: ${this.#output}`);
    return pid;
  }

  get output(): string {
    return this.#output;
  }

  get errors(): readonly string[] {
    return this.#errors;
  }

  async listening(): Promise<void> {
    const listens = new Promise<void>((resolve) => {
      this.#heard = resolve;
      if (this.#url !== undefined) resolve();
    });
    let tooLate: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      tooLate = setTimeout(resolve, START_TIMEOUT_MS);
    });
    await Promise.race([listens, this.ended, deadline]);
    clearTimeout(tooLate);
    if (this.#url !== undefined) return;
    await this.kill();
    throw new Error(`the server did not come up:\n${this.#output}`);
  }

  kill(): Promise<ProcessEnd> {
    this.#process.ref();
    this.#process.kill("SIGKILL");
    return this.ended;
  }

  terminate(): Promise<ProcessEnd> {
    this.#process.ref();
    this.#process.kill("SIGTERM");
    return this.ended;
  }

  #keepErrors(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines)
      if (/"level":"(?:error|fatal)"/.test(line)) this.#errors.push(line.slice(0, 2_000));
    this.#errors.splice(0, this.#errors.length - KEPT_ERRORS);
  }
}

/** The signal is ignored, so that the write itself fails (EFBIG); `ulimit` counts blocks of 512 bytes (POSIX). */
function limited(command: readonly string[], maxFileBytes: number): string[] {
  const blocks = Math.trunc(maxFileBytes / 512);
  return ["/bin/sh", "-c", `trap "" XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`, ...command];
}

let built = false;

/** A stale build would test yesterday's server; where it is fresh, as in `npm test`, this takes milliseconds. */
function buildOnce(): void {
  if (built) return;
  const { status } = spawnSync(process.execPath, [`${ROOT}scripts/build-if-stale.mjs`, "--silent"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("the server could not be built: see above");
  built = true;
}
