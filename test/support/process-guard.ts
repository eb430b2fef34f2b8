import { type ChildProcess, spawn } from "node:child_process";

/**
 * Removes a directory, and ends a process first where one is given, as soon as this process is gone, whatever ended it
 * (`kill -9` included): the guard waits for the end of a pipe that only we hold open. Where all went well and there is
 * nothing left to clean up, end the guard with `killed`.
 */
export function cleanUpAfterThisProcess(left: { directory: string; pid?: number }): ChildProcess {
  const kill = left.pid === undefined ? "" : `kill -9 ${left.pid};`;
  const guard = spawn("/bin/sh", ["-c", `cat; ${kill} rm -rf "$0"`, left.directory], {
    // A process group of its own, so that Ctrl-C does not reach it before its work is done.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  letGo(guard);
  return guard;
}

/** Kills a process of ours at once, if it still runs, and waits until it is gone. */
export async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.ref();
  child.kill("SIGKILL");
  await exit;
}

/** Lets this process end while the child and the pipes to it are still open. */
export function letGo(child: ChildProcess): void {
  child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) {
    // A child's pipes are sockets, which the type of a plain stream does not say.
    (pipe as { unref?(): void } | null)?.unref?.();
  }
}
