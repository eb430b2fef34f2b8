import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.js";
import type { ClientProcess } from "./client-process.js";
import { watchUsage } from "./process-usage.js";
import { summarise } from "./profile.js";
import type { ServerProcess } from "./server-process.js";

/** A result, and what it has cost; CPU seconds. */
export interface Measured<Result> {
  readonly result: Result;
  readonly seconds: number;
  readonly serverCpu: number;
  readonly databaseCpu: number;
  readonly clientCpu: number;
  readonly foreign: number;
}

/** Where JSON and profiles go; ignored by git. */
export const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

/** Does something, and tells what it has cost; profiled under that name. */
export async function measured<Result>(
  bench: Pick<Bench, "tell">,
  server: ServerProcess,
  client: ClientProcess,
  name: string,
  work: () => Promise<Result>,
): Promise<Measured<Result>> {
  const { result, usage } = await profiled(bench, server, name, async () => {
    const used = watchUsage([...server.pids, client.pid]);
    return { result: await work(), usage: used() };
  });
  const { seconds, cpu, foreign } = usage;
  const [serverPid = 0, databasePid] = server.pids;
  return {
    result,
    seconds,
    serverCpu: cpu.get(serverPid) ?? 0,
    databaseCpu: databasePid === undefined ? 0 : (cpu.get(databasePid) ?? 0),
    clientCpu: cpu.get(client.pid) ?? 0,
    foreign,
  };
}

/** Does something; where the server has an inspector, with a profile that is kept under that name and summed up. */
export async function profiled<Result>(
  { tell }: Pick<Bench, "tell">,
  { inspector }: ServerProcess,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  if (inspector === undefined) return work();
  await inspector.startProfile();
  const result = await work();
  const profile = await inspector.stopProfile();
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${RESULTS}${name}.cpuprofile`, JSON.stringify(profile));
  tell(`profile of ${name}\n${summarise(profile)}`);
  return result;
}
