// Compiles src/ to dist/ where anything has changed since the last time; with --force in any case, with --silent
// without a word (but for errors). Finding that all is fresh takes a few milliseconds. Two at once are safe: the
// second waits for the first, and then has nothing to do.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "src");
const output = join(root, "dist");
const stamp = join(output, ".built");
const lock = join(output, ".build-lock");

// What a build depends on, beside the sources; the lockfile stands for the types of all dependencies.
const otherInputs = [
  "tsconfig.json",
  "tsconfig.build.json",
  "tsconfig.inbox.json",
  "vite.config.ts",
  "package-lock.json",
].map((name) => join(root, name));

const force = process.argv.includes("--force");
const silent = process.argv.includes("--silent");

if (force || !isFresh()) {
  mkdirSync(output, { recursive: true });
  takeLock();
  try {
    // Somebody else may have done it while we waited.
    if (force || !isFresh()) {
      build();
    }
  } finally {
    rmSync(lock, { force: true });
  }
}

function build() {
  if (!silent) {
    process.stderr.write("building dist/ from src/\n");
  }
  // The stamp bears the time when the build began: what is edited meanwhile is newer, and gets its own build.
  const begun = `${stamp}-begun`;
  rmSync(stamp, { force: true });
  writeFileSync(begun, "");
  removeOrphans(output);
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const bundler = join(root, "node_modules", "vite", "bin", "vite.js");
  const compiled = run([compiler, "-p", "tsconfig.build.json"]);
  // Trees without an inbox have nothing to bundle.
  const bundled = !existsSync(join(sources, "inbox")) || run([bundler, "build", "--logLevel", "warn"]);
  if (!compiled || !bundled) {
    process.stderr.write("src/ does not compile: see above\n");
    process.exitCode = 1;
    return;
  }
  renameSync(begun, stamp);
}

function run(args) {
  // Whoever wants the build, what ships is built for production: a test runner has a NODE_ENV of its own.
  const env = { ...process.env, NODE_ENV: "production" };
  // To stderr, whatever it says: stdout belongs to the command that wanted the build.
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: ["ignore", 2, 2] }).status === 0;
}

function isFresh() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs;
  return built !== undefined && Math.max(newestIn(sources), ...otherInputs.map(timeOf)) < built;
}

/** A folder's own time counts: it tells of removed files. */
function newestIn(folder) {
  let newest = timeOf(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : timeOf(path));
  }
  return newest;
}

/** What is not there is no newer than anything. */
function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Removes what was compiled from sources that are gone. */
function removeOrphans(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      // What the bundler makes has no source of its own; the bundler empties that folder itself.
      if (path !== join(output, "inbox")) removeOrphans(path);
    } else if (/\.(js|d\.ts)(\.map)?$/.test(entry.name)) {
      const source = join(sources, path.slice(output.length).replace(/\.(js|d\.ts)(\.map)?$/, ".ts"));
      if (!existsSync(source)) {
        rmSync(path);
      }
    }
  }
}

/** The lock is a file with its holder's process id; whose holder is gone is taken over. */
function takeLock() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") {
        throw error;
      }
    }
    const holder = holderOf(lock);
    if (holder !== undefined && !isAlive(holder)) {
      // Moved away before it is removed, so that of several who see it only one succeeds.
      const abandoned = `${lock}-${process.pid}`;
      try {
        renameSync(lock, abandoned);
        rmSync(abandoned);
      } catch {
        // Another was faster.
      }
    } else {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

/** Undefined where the lock is gone, or not yet signed. */
function holderOf(path) {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
