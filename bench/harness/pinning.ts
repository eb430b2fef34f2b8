import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Which side of the measurement a process is on. */
export type Side = "server" | "client";

const CPU: Readonly<Record<Side, number>> = { server: 0, client: 1 };

/** Keeps the server (with its database) and the clients on a CPU each, so that they do not take each other's time. */
export interface Pinning {
  readonly description: string;
  /** The command that starts a program on its side's CPU. */
  command(side: Side, program: string, args: readonly string[]): readonly [string, readonly string[]];
  /** Moves a process that runs already, with all its threads. */
  move(side: Side, pid: number): void;
}

/** Leaves everything to the operating system. */
export const UNPINNED: Pick<Pinning, "command" | "move"> = {
  command: (_, program, args) => [program, args],
  move: () => undefined,
};

/** Pins with `taskset` where there is one and two CPUs; elsewhere leaves everything to the operating system. */
export function detectPinning(): Pinning {
  if (availableParallelism() < 2 || !hasTaskset()) {
    return { description: "not pinned: needs taskset and two CPUs", ...UNPINNED };
  }
  return {
    description: `server and database on CPU ${CPU.server}, clients on CPU ${CPU.client} (taskset)`,
    command: (side, program, args) => ["taskset", ["-c", String(CPU[side]), program, ...args]],
    move: (side, pid) => {
      execFileSync("taskset", ["-a", "-c", "-p", String(CPU[side]), String(pid)], { stdio: "ignore" });
    },
  };
}

function hasTaskset(): boolean {
  try {
    execFileSync("taskset", ["-c", `${CPU.server},${CPU.client}`, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
