import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { killed, temporaryDirectory } from "../../test/support/process-guard.js";
import { percentile } from "./statistics.js";

/** What the figures were taken on; nothing that names the machine. */
export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  readonly sqlite: string;
  readonly mariadb: string;
  readonly filesystem: string;
  /** Median of writing 4 KiB and syncing them, microseconds. */
  readonly fsyncMicroseconds: number;
  /** Load average of the last minute, before anything was started. */
  readonly load: number;
  readonly pinning: string;
}

export function describeMachine(pinning: string, sqlite: string): Machine {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: said("uname", ["-sr"]).replace(/(\d+\.\d+).*/, "$1"),
    node: process.version,
    sqlite,
    mariadb: /\d+\.\d+\.\d+/.exec(said("mariadbd", ["--no-defaults", "--version"]))?.[0] ?? "unknown",
    filesystem: filesystemOf(tmpdir()),
    fsyncMicroseconds: probeSync(),
    load: loadavg()[0] ?? Number.NaN,
    pinning,
  };
}

/** How long a write takes until it is durable: it bounds what one transaction after the other can reach. */
function probeSync(): number {
  const { directory, guard } = temporaryDirectory("countersign-bench-sync-");
  try {
    const file = openSync(join(directory, "probe"), "w");
    const block = Buffer.alloc(4_096);
    const times = Array.from({ length: 300 }, () => {
      const started = performance.now();
      writeSync(file, block);
      fdatasyncSync(file);
      return (performance.now() - started) * 1_000;
    });
    closeSync(file);
    return percentile(times, 0.5);
  } finally {
    rmSync(directory, { recursive: true, force: true });
    void killed(guard);
  }
}

/** The type of the filesystem that holds a directory: syncing costs nothing on one in memory. */
function filesystemOf(directory: string): string {
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, point = "-"]) => `${directory}/`.startsWith(point === "/" ? "/" : `${point}/`))
    .sort(([, one = ""], [, other = ""]) => other.length - one.length);
  return mounts[0]?.[2] ?? "unknown";
}

function said(program: string, args: readonly string[]): string {
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin`;
  try {
    return execFileSync(program, args, { encoding: "utf8", env: { ...process.env, PATH: path } }).trim();
  } catch {
    return "not there";
  }
}
