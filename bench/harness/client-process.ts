import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Pinning, Side } from "./pinning.js";
import type { Task, TaskResults } from "./tasks.js";

/** A process of ours that does what it is asked, one thing after the other. */
export interface Helper {
  readonly pid: number;
  ask(question: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** The process from which the load comes. */
export interface ClientProcess {
  readonly pid: number;
  run<Kind extends Task["kind"]>(task: Task & { readonly kind: Kind }): Promise<TaskResults[Kind]>;
  stop(): Promise<void>;
}

export function startClientProcess(pinning: Pinning): ClientProcess {
  const helper = startHelper("client.ts", "client", pinning);
  return {
    pid: helper.pid,
    run: (task) => helper.ask(task) as Promise<never>,
    stop: helper.stop,
  };
}

/** Starts one of bench/children on that side's CPU. */
export function startHelper(script: string, side: Side, pinning: Pinning): Helper {
  const path = fileURLToPath(new URL(`../children/${script}`, import.meta.url));
  const [program, args] = pinning.command(side, process.execPath, ["--import", "tsx", path]);
  const child = spawn(program, args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${script} could not be started`);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    pid,
    ask: (question) =>
      new Promise((resolve, reject) => {
        const ended = (): void => reject(new Error(`${script} ended before it answered`));
        child.once("exit", ended);
        child.once("message", (message) => {
          child.off("exit", ended);
          const { result, error } = message as { result?: unknown; error?: string };
          if (error === undefined) resolve(result);
          else reject(new Error(`${script}: ${error}`));
        });
        child.send(question as object);
      }),
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
