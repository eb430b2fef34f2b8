// Everything that can be said about the code without running the tests. Runs every check, two at a time, and then
// shows what the failing ones said; `node scripts/check.mjs types imports` runs those two only.

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, "node_modules", ".bin", name);
const script = (name) => [process.execPath, "--import", "tsx", join("scripts", name), "--check"];

const checks = {
  "format and lint": [bin("biome"), "check", "--error-on-warnings", "."],
  types: [bin("tsc"), "--noEmit", "-p", "."],
  "types of the inbox": [bin("tsc"), "--noEmit", "-p", "tsconfig.inbox.json"],
  imports: [bin("depcruise"), "src", "--config", ".dependency-cruiser.cjs"],
  "schema and contract": script("emit-schema.ts"),
  "client types": script("generate-client-types.ts"),
  migrations: script("check-migrations.ts"),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  process.stderr.write(
    `No such check: ${unknown.join(", ")}. There are: ${Object.keys(checks).join(", ")}.\n`,
  );
  process.exit(2);
}

const queue = Object.entries(checks).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const failures = [];
await Promise.all([work(), work()]);

for (const { name, output } of failures) {
  process.stdout.write(`\n── ${name}\n${output.trimEnd()}\n`);
}
process.exitCode = failures.length === 0 ? 0 : 1;

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, command] = next;
    const started = performance.now();
    const { ok, output } = await run(command);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${ok ? "✓" : "✗"} ${name} (${seconds} s)\n`);
    if (!ok) {
      failures.push({ name, output });
    }
  }
}

function run([program, ...args]) {
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ ok: false, output: error.message }));
    child.on("close", (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }));
  });
}
