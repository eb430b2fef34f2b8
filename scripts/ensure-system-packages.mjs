// What the tests need from the system, beside Node: a MariaDB server, Chromium, and Python with what checks and builds the
// Python client. Installs what is lacking where it
// can (apt-get, as root or by sudo without a password); ends with what to do where it cannot.
//
//   --dry-run   says what it would run, and runs nothing
//
// TEST_MYSQL_URL (a server to use instead of a private one), CHROMIUM_PATH (where Chromium is) and PYTHON_PATH (a Python that has
// those modules) are honoured.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const DEFAULT_CHROMIUM = "/usr/bin/chromium";
/** Debian's own, which has its packages; another python3 that is first in the PATH has not. */
const DEFAULT_PYTHON = "/usr/bin/python3";
const PYTHON_MODULES = ["ensurepip", "mypy", "setuptools", "venv", "websockets", "wheel"];
const dryRun = process.argv.includes("--dry-run");

/**
 * `packages` lists sets of Debian packages, the best first. The core packages bring the programs without setting up a
 * system-wide server that nobody asked for; older releases know them under other names only.
 */
const needs = [
  {
    what: "a MariaDB server (mariadbd and mariadb-install-db)",
    orElse:
      "set TEST_MYSQL_URL=mysql://user:password@host:port to a server where that user may create databases",
    met: () => Boolean(process.env.TEST_MYSQL_URL) || (found("mariadbd") && found("mariadb-install-db")),
    packages: [["mariadb-server-core", "mariadb-client-core"], ["mariadb-server"]],
  },
  {
    what: "Chromium",
    orElse: "set CHROMIUM_PATH to a Chromium or Chrome",
    met: () => existsSync(process.env.CHROMIUM_PATH || DEFAULT_CHROMIUM),
    packages: [["chromium"]],
  },
  {
    what: `Python 3 with ${PYTHON_MODULES.join(", ")}`,
    orElse: "set PYTHON_PATH to a Python that has those modules",
    met: () =>
      succeeds([process.env.PYTHON_PATH || DEFAULT_PYTHON, "-c", `import ${PYTHON_MODULES.join(", ")}`]),
    packages: [
      [
        "python3",
        "python3-venv",
        "python3-setuptools",
        "python3-wheel",
        "python3-websockets",
        "python3-mypy",
      ],
    ],
  },
];

const chromiumPath = process.env.CHROMIUM_PATH;
if (chromiumPath && !existsSync(chromiumPath)) {
  fail(`CHROMIUM_PATH is ${chromiumPath}, where there is nothing.`);
}
const pythonPath = process.env.PYTHON_PATH;
if (pythonPath && !existsSync(pythonPath)) {
  fail(`PYTHON_PATH is ${pythonPath}, where there is nothing.`);
}
const missing = needs.filter((need) => !need.met());
if (missing.length > 0) {
  install(missing);
}

function install(lacking) {
  const asRoot = rootPrefix();
  if (!found("apt-get") || asRoot === undefined) {
    fail("The tests need more than this machine has, and it cannot be installed from here.", lacking);
  }
  const aptGet = [
    ...asRoot,
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-o",
    "DPkg::Lock::Timeout=300",
  ];
  try {
    run([...aptGet, "update"]);
    run([
      ...aptGet,
      "install",
      "-y",
      "--no-install-recommends",
      ...lacking.flatMap(({ packages }) => known(packages)),
    ]);
  } catch (error) {
    fail(`Installing what the tests need failed: ${error.message}`, lacking);
  }
  const still = lacking.filter((need) => !need.met());
  if (!dryRun && still.length > 0) {
    fail("The packages were installed, but something is lacking still.", still);
  }
}

/** What to put before a command so that it runs as root; undefined where there is no way without a password. */
function rootPrefix() {
  if (process.getuid?.() === 0) {
    return [];
  }
  return found("sudo") && succeeds(["sudo", "-n", "true"]) ? ["sudo", "-n"] : undefined;
}

/** The first set of packages that this release has. */
function known(sets) {
  return sets.find((set) => set.every((name) => succeeds(["apt-cache", "show", name]))) ?? sets.at(-1);
}

function found(program) {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return directories.some((directory) => existsSync(join(directory, program)));
}

function succeeds([program, ...args]) {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function run([program, ...args]) {
  process.stderr.write(`${dryRun ? "would run" : "running"}: ${[program, ...args].join(" ")}\n`);
  if (!dryRun) {
    execFileSync(program, args, { stdio: ["ignore", 2, 2] });
  }
}

function fail(problem, lacking = []) {
  const ways = lacking.map(
    ({ what, packages, orElse }) => `  - ${what}: install ${packages.at(0).join(" and ")}, or ${orElse}`,
  );
  process.stderr.write(`${[problem, ...ways].join("\n")}\n`);
  process.exit(1);
}
