import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { cleanUpAfterThisProcess, killed, letGo, temporaryDirectory } from "./process-guard.js";

export interface MariadbOptions {
  /** More options for mariadbd, such as `--log-bin` or `--innodb-flush-log-at-trx-commit=2`; they win over ours. */
  args?: readonly string[];
}

/** A MariaDB server of one's own: data in a temporary directory, listening on 127.0.0.1 only. */
export interface RunningMariadb {
  /** `mysql://user:password@127.0.0.1:PORT`, without a database; the user may create any named `countersign_…`. */
  readonly url: string;
  readonly port: number;
  /** The process id of mariadbd; changes with a restart. */
  readonly pid: number;
  /** Kills it at once (SIGKILL); its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, after `kill`. */
  restart(): Promise<void>;
  /** Ends it and removes its data. Safe to call twice. */
  stop(): Promise<void>;
}

const USER = "countersign";
const PASSWORD = "countersign-test";
const START_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 3;

// Debian keeps mariadbd in /usr/sbin, which is not on everybody's PATH.
const SEARCH_PATH = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

/**
 * Starts a private MariaDB server.
 *
 * It ends with `stop`, and also with this process, however that comes to its end (a signal, a crash, `kill -9`).
 *
 * @throws Error where mariadbd is missing or does not come up, with the end of its log.
 */
export async function startMariadb(options: MariadbOptions = {}): Promise<RunningMariadb> {
  const { directory, guard } = temporaryDirectory("countersign-mariadb-");
  try {
    await installSystemTables(directory);
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      try {
        const running = new PrivateMariadb(directory, port, options.args ?? []);
        await running.restart();
        return running;
      } catch (error) {
        // Between our look and mariadbd's bind somebody else may have taken the port.
        const portTaken = error instanceof Error && error.message.includes("Address already in use");
        if (!portTaken || attempt === PORT_ATTEMPTS) {
          throw error;
        }
      }
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  } finally {
    // From here on the running server has a guard of its own.
    await killed(guard);
  }
}

class PrivateMariadb implements RunningMariadb {
  private server: ChildProcess | undefined;
  private guard: ChildProcess | undefined;

  constructor(
    private readonly directory: string,
    readonly port: number,
    private readonly args: readonly string[],
  ) {}

  get url(): string {
    return `mysql://${USER}:${PASSWORD}@127.0.0.1:${this.port}`;
  }

  get pid(): number {
    const pid = this.server?.pid;
    if (pid === undefined) {
      throw new Error("this MariaDB server does not run");
    }
    return pid;
  }

  async restart(): Promise<void> {
    if (this.server !== undefined) {
      throw new Error("this MariaDB server runs already");
    }
    const server = spawn(program("mariadbd"), this.serverOptions(), {
      // A process group of its own: Ctrl-C in the terminal ends the run, and the run ends the server.
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.server = server;
    if (server.pid !== undefined) {
      this.guard = cleanUpAfterThisProcess({ directory: this.directory, pid: server.pid });
    }
    try {
      await ready(server);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async kill(): Promise<void> {
    const { server, guard } = this;
    this.server = undefined;
    this.guard = undefined;
    // The guard goes first: it would remove the data.
    await killed(guard);
    await killed(server);
  }

  async stop(): Promise<void> {
    // Nobody reads these data again, so there is nothing to shut down in order.
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  private serverOptions(): string[] {
    const { directory, port } = this;
    return [
      "--no-defaults",
      `--datadir=${join(directory, "data")}`,
      // Its temporary tables beside its data: servers that share /tmp can remove one another's.
      `--tmpdir=${join(directory, "data")}`,
      `--socket=${join(directory, "mariadb.sock")}`,
      `--pid-file=${join(directory, "mariadb.pid")}`,
      `--init-file=${join(directory, "init.sql")}`,
      `--user=${userInfo().username}`,
      "--bind-address=127.0.0.1",
      `--port=${port}`,
      "--skip-name-resolve",
      "--character-set-server=utf8mb4",
      "--innodb-flush-log-at-trx-commit=1",
      "--log-bin-trust-function-creators=1",
      "--max-connections=300",
      "--performance-schema=OFF",
      "--innodb-buffer-pool-size=64M",
      "--innodb-log-file-size=32M",
      "--key-buffer-size=1M",
      "--aria-pagecache-buffer-size=8M",
      ...this.args,
    ];
  }
}

async function installSystemTables(directory: string): Promise<void> {
  const user = userInfo().username;
  await ran(directory, program("mariadb-install-db"), [
    "--no-defaults",
    `--datadir=${join(directory, "data")}`,
    `--user=${user}`,
    // root comes in through the socket file only, and only as the operating system's user who made it.
    "--auth-root-authentication-method=socket",
    `--auth-root-socket-user=${user}`,
    "--skip-test-db",
    "--skip-name-resolve",
    "--innodb-log-file-size=32M",
  ]);
  // The server's own user, as an operator would make it: everything in its databases, nothing outside of them.
  await writeFile(
    join(directory, "init.sql"),
    `CREATE USER IF NOT EXISTS '${USER}'@'%' IDENTIFIED BY '${PASSWORD}';\n` +
      `GRANT ALL PRIVILEGES ON \`countersign\\_%\`.* TO '${USER}'@'%';\n`,
  );
}

/** Runs a program to its end; where this process ends before, so do the program, whatever it started, and the directory. */
async function ran(directory: string, command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const guard =
    child.pid === undefined ? undefined : cleanUpAfterThisProcess({ directory, pid: child.pid, group: true });
  let said = "";
  for (const output of [child.stdout, child.stderr]) output.on("data", (text) => (said += text));
  try {
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    if (code !== 0) throw new Error(`${command} ended with ${code}:\n${said.slice(-8_000)}`);
  } finally {
    await killed(guard);
  }
}

/** Resolves once mariadbd accepts connections; rejects with the end of its log where it ends before. */
async function ready(server: ChildProcess): Promise<void> {
  let log = "";
  const { stderr } = server;
  const outcome = await new Promise<string | undefined>((resolve) => {
    const tooLate = setTimeout(
      () => resolve(`mariadbd was not ready in ${START_TIMEOUT_MS} ms`),
      START_TIMEOUT_MS,
    );
    const settle = (problem?: string) => {
      clearTimeout(tooLate);
      resolve(problem);
    };
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-8_000);
      if (log.includes("ready for connections")) {
        settle();
      }
    });
    server.once("error", (error) => settle(`mariadbd could not be started: ${error.message}`));
    server.once("exit", (code, signal) => settle(`mariadbd ended at its start (${signal ?? code})`));
  });
  if (outcome !== undefined) {
    throw new Error(`${outcome}\n${log}`);
  }
  // Its log goes on being read, so that it never blocks on a full pipe.
  stderr?.removeAllListeners("data").resume();
  letGo(server);
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") {
    throw new Error("a TCP listener has a port");
  }
  return address.port;
}

function program(name: string): string {
  const path = SEARCH_PATH.map((directory) => join(directory, name)).find((candidate) =>
    existsSync(candidate),
  );
  if (path === undefined) {
    throw new Error(
      `${name} is not installed: install mariadb-server, or set TEST_MYSQL_URL to a server to use`,
    );
  }
  return path;
}
