import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { offerMariadb } from "./mariadb-starter.js";
import { cleanUpAfterThisProcess, killed } from "./process-guard.js";

declare module "vitest" {
  interface ProvidedContext {
    /** A directory for whatever this run's tests write; it goes when the run ends. */
    runDirectory: string;
    /** Where to ask for the run's MariaDB server. */
    mariadbStarter: string;
  }
}

export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-tests-"));
  const guard = cleanUpAfterThisProcess({ directory });
  const mariadb = await offerMariadb(directory);
  project.provide("runDirectory", directory);
  project.provide("mariadbStarter", mariadb.address);
  return async () => {
    await mariadb.close();
    await rm(directory, { recursive: true, force: true });
    await killed(guard);
  };
}
