import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanUpAfterThisProcess, killed } from "../../test/support/process-guard.js";
import type { Place } from "./databases.js";
import { connectInspector, type Inspector } from "./inspector.js";
import type { Pinning } from "./pinning.js";

/** A server in a process of its own, as operators start it. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** The server's process and that of its database. */
  readonly pids: readonly number[];
  readonly inspector: Inspector | undefined;
  stop(): Promise<void>;
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const START_MS = 60_000;
/** What the server can do is measured, not what it lets one client do. */
const UNLIMITED = {
  RATE_PRINCIPAL: "0",
  RATE_ADDRESS: "0",
  SOCKETS_PER_ADDRESS: "1000000",
  SOCKETS_PER_PRINCIPAL: "1000000",
};

/** How a server is started. */
export interface ServerProcessOptions {
  readonly inspect?: boolean;
  /** Settings beyond those of the place. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the compiled server on port 0. */
export async function startServerProcess(
  place: Place,
  pinning: Pick<Pinning, "command">,
  { inspect = false, environment = {} }: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const [program, args] = pinning.command("server", process.execPath, [
    ...(inspect ? ["--inspect=127.0.0.1:0"] : []),
    join(root, "dist", "cli", "main.js"),
    "serve",
  ]);
  const child = spawn(program, args, {
    cwd: root,
    env: {
      ...process.env,
      ...UNLIMITED,
      ...place.environment,
      ...environment,
      PORT: "0",
      HOST: "127.0.0.1",
      NODE_ENV: "production",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const guard =
    child.pid === undefined
      ? undefined
      : cleanUpAfterThisProcess({ directory: place.runDirectory, pid: child.pid });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await exited;
    await killed(guard);
  };
  try {
    const said = await announced(child, inspect);
    const { pid } = child;
    if (pid === undefined) throw new Error("the server has no process");
    const inspector = said.inspector === undefined ? undefined : await connectInspector(said.inspector);
    return {
      url: said.url,
      pid,
      pids: place.databasePid === undefined ? [pid] : [pid, place.databasePid],
      inspector,
      stop: async () => {
        inspector?.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves with the addresses that the process prints. */
function announced(
  child: ChildProcess,
  inspect: boolean,
): Promise<{ readonly url: string; readonly inspector: string | undefined }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const tooLate = setTimeout(() => reject(new Error(`the server did not start:\n${text}`)), START_MS);
    const listen = (chunk: Buffer): void => {
      text = (text + chunk).slice(-20_000);
      const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\D/.exec(text) ?? [];
      const [, inspector] = /Debugger listening on (ws:\S+)/.exec(text) ?? [];
      if (url === undefined || (inspect && inspector === undefined)) return;
      clearTimeout(tooLate);
      for (const pipe of [child.stdout, child.stderr]) pipe?.off("data", listen).resume();
      resolve({ url, inspector });
    };
    for (const pipe of [child.stdout, child.stderr]) pipe?.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`the server ended at its start (${signal ?? code}):\n${text}`)),
    );
  });
}
