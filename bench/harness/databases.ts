import { generateKeyPairSync } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { type RunningMariadb, startMariadb } from "../../test/support/mariadb.js";
import { killed, temporaryDirectory } from "../../test/support/process-guard.js";
import type { DatabaseName } from "./options.js";
import type { Pinning } from "./pinning.js";

/** A fresh database with a data directory, for one server after the other. */
export interface Place {
  readonly name: DatabaseName;
  /** The directory of the whole run, which goes with its process, whatever ends that. */
  readonly runDirectory: string;
  /** What the server is started with. */
  readonly environment: Readonly<Record<string, string>> & {
    readonly DATABASE_URL: string;
    readonly DATA_DIR: string;
  };
  /** The database server's process, where there is one. */
  readonly databasePid: number | undefined;
  drop(): Promise<void>;
}

/** Makes places, and removes everything at the end. */
export interface Databases {
  create(name: DatabaseName): Promise<Place>;
  close(): Promise<void>;
}

/**
 * As durable as the tests' own (a log flush per commit, no binary log), but with the memory that a server in use would
 * give it.
 */
export const MARIADB_OPTIONS = ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"];

export async function openDatabases(pinning: Pinning): Promise<Databases> {
  const { directory, guard } = temporaryDirectory("countersign-bench-");
  const { privateKey } = generateKeyPairSync("ed25519");
  const signingKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  let mariadb: RunningMariadb | undefined;
  let count = 0;

  async function mysqlUrl(name: string): Promise<string> {
    if (mariadb === undefined) {
      mariadb = await startMariadb({ args: MARIADB_OPTIONS });
      pinning.move("server", mariadb.pid);
    }
    await statement(mariadb.url, `CREATE DATABASE ${name}`);
    return `${mariadb.url}/${name}`;
  }

  return {
    create: async (name) => {
      count += 1;
      const dataDir = join(directory, `${name}-${count}`);
      await mkdir(dataDir, { recursive: true });
      const database = `countersign_bench_${count}`;
      const url = name === "sqlite" ? `sqlite:${join(dataDir, "countersign.db")}` : await mysqlUrl(database);
      return {
        name,
        runDirectory: directory,
        environment: { DATABASE_URL: url, DATA_DIR: dataDir, SIGNING_KEY: signingKey },
        databasePid: name === "mariadb" ? mariadb?.pid : undefined,
        drop: async () => {
          if (name === "mariadb" && mariadb !== undefined)
            await statement(mariadb.url, `DROP DATABASE ${database}`);
          await rm(dataDir, { recursive: true, force: true });
        },
      };
    },
    close: async () => {
      await mariadb?.stop();
      await rm(directory, { recursive: true, force: true });
      await killed(guard);
    },
  };
}

async function statement(url: string, text: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(text);
  } finally {
    await connection.end();
  }
}
