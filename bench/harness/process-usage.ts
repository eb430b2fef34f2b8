import { readdirSync, readFileSync } from "node:fs";

/** CPU seconds that a process has used so far, all its threads together (Linux; nanosecond resolution). */
export function cpuSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readIfThere(`/proc/${pid}/task/${thread}/schedstat`);
    nanoseconds += Number(text?.split(" ")[0] ?? 0);
  }
  return nanoseconds / 1e9;
}

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(kilobytes) * 1024;
}

/** What a window of time has cost. */
export interface Usage {
  readonly seconds: number;
  /** CPU seconds by process id. */
  readonly cpu: ReadonlyMap<number, number>;
  /** CPU seconds that processes other than those given used: how much somebody else disturbed. */
  readonly foreign: number;
}

/** Starts to watch; the function that it returns tells what has been used since. */
export function watchUsage(pids: readonly number[]): () => Usage {
  const started = performance.now();
  const own = new Set([...pids, process.pid]);
  const before = new Map([...own].map((pid) => [pid, cpuSeconds(pid)]));
  const busyBefore = busySeconds();
  return () => {
    const cpu = new Map([...own].map((pid) => [pid, cpuSeconds(pid) - (before.get(pid) ?? 0)]));
    const ours = [...cpu.values()].reduce((sum, used) => sum + used, 0);
    return {
      seconds: (performance.now() - started) / 1_000,
      cpu,
      foreign: Math.max(0, busySeconds() - busyBefore - ours),
    };
  };
}

/** Resolves once a process has become quiet, or after a bounded time. */
export async function quiet(pid: number, { share = 0.1, timeoutMs = 30_000 } = {}): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let calm = 0;
  while (calm < 3 && performance.now() < deadline) {
    const usage = watchUsage([pid]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { cpu, seconds } = usage();
    calm = (cpu.get(pid) ?? 0) / seconds < share ? calm + 1 : 0;
  }
}

const TICKS_PER_SECOND = 100;

/** Busy time of all CPUs since the machine started: user, nice, system, irq, softirq and stolen. */
function busySeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // A thread may end between listing and reading.
    return undefined;
  }
}
