import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Removes a directory, and ends a process first where one is given, as soon as this process is gone, whatever ended it
 * (`kill -9` included): the guard waits for the end of a pipe that only we hold open. Where all went well and there is
 * nothing left to clean up, end the guard with `killed`. The directory may be made afterwards: then there is no moment in
 * which nobody would remove it. A process has such a moment, a millisecond or two, between its start and this.
 */
export function cleanUpAfterThisProcess(left: {
  directory: string;
  pid?: number;
  /** Whether that process leads a group (`detached`), all of which is ended. */
  group?: boolean;
}): ChildProcess {
  const kill = left.pid === undefined ? "" : `kill -9 ${left.group === true ? "-" : ""}${left.pid};`;
  const guard = spawn(
    "/bin/sh",
    ["-c", `cat; ${kill} for try in 1 2 3 4 5; do rm -rf "$0" && break; sleep 1; done`, left.directory],
    {
      // A process group of its own, so that Ctrl-C does not reach it before its work is done.
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    },
  );
  letGo(guard);
  return guard;
}

/** Makes a temporary directory that goes with this process, whatever ends it; only its owner sees what is in it. */
export function temporaryDirectory(prefix: string): {
  readonly directory: string;
  readonly guard: ChildProcess;
} {
  const directory = join(tmpdir(), `${prefix}${randomBytes(6).toString("hex")}`);
  const guard = cleanUpAfterThisProcess({ directory });
  mkdirSync(directory, { mode: 0o700 });
  return { directory, guard };
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
