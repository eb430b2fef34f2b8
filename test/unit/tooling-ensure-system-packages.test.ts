import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A Python that imports mypy once something was installed. */
const PYTHON_WITHOUT_MYPY = `#!/bin/sh
case "$2" in *mypy*) [ -e MACHINE/mariadbd ] ;; esac
`;

/** A machine that has nothing but what a test puts into this one directory of its PATH. */
let machine: string;

beforeEach(async () => {
  machine = await mkdtemp(join(tmpdir(), "countersign-packages-"));
});
afterEach(() => rm(machine, { recursive: true, force: true }));

describe("making sure of what the tests need from the system", () => {
  it("says what to install or to set where it cannot install", () => {
    const { status, stderr } = ensure();
    expect(status).toBe(1);
    expect(stderr).toContain(
      "install mariadb-server-core and mariadb-client-core, or set TEST_MYSQL_URL=mysql://",
    );
  });

  it("installs with apt-get, without asking, what is lacking", async () => {
    await pretendApt({ knows: "mariadb-server-core mariadb-client-core" });
    expect(ensure()).toMatchObject({ status: 0 });
    expect(await aptCalls()).toEqual([
      "-o DPkg::Lock::Timeout=300 update",
      "-o DPkg::Lock::Timeout=300 install -y --no-install-recommends mariadb-server-core mariadb-client-core",
    ]);
  });

  it("takes the whole server where a release has its parts under other names", async () => {
    await pretendApt({ knows: "mariadb-server" });
    expect(ensure()).toMatchObject({ status: 0 });
    expect((await aptCalls()).at(-1)).toMatch(/ mariadb-server$/);
  });

  it("only says what it would do with --dry-run", async () => {
    await pretendApt({ knows: "mariadb-server-core mariadb-client-core" });
    const { status, stderr } = ensure({}, ["--dry-run"]);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /would run: .*apt-get .* update\nwould run: .*apt-get .* install -y .*mariadb-server-core/,
    );
    expect(await aptCalls()).toEqual([]);
  });

  it("needs no MariaDB where it is given a server", () => {
    expect(ensure({ TEST_MYSQL_URL: "mysql://root@127.0.0.1:3306" })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });

  it("installs what checks and builds the Python client where a module of it is lacking", async () => {
    await pretendApt({
      knows: "python3 python3-venv python3-setuptools python3-wheel python3-websockets python3-mypy",
    });
    await writeFile(join(machine, "python"), PYTHON_WITHOUT_MYPY.replaceAll("MACHINE", machine));
    await chmod(join(machine, "python"), 0o755);
    const env = { TEST_MYSQL_URL: "mysql://root@127.0.0.1:3306", PYTHON_PATH: join(machine, "python") };
    expect(ensure(env)).toMatchObject({ status: 0 });
    expect((await aptCalls()).at(-1)).toMatch(
      / python3 python3-venv python3-setuptools python3-wheel python3-websockets python3-mypy$/,
    );
    expect(ensure(env)).toMatchObject({ status: 0, stderr: "" });
  });

  it("says so where the packages were installed and Python lacks a module still", async () => {
    await pretendApt({ knows: "python3" });
    const env = { TEST_MYSQL_URL: "mysql://root@127.0.0.1:3306", PYTHON_PATH: "/bin/false" };
    const { status, stderr } = ensure(env);
    expect(status).toBe(1);
    expect(stderr).toContain("Python 3 with ensurepip, mypy, setuptools, venv, websockets, wheel");
    expect(stderr).toContain("or set PYTHON_PATH to a Python that has those modules");
  });

  it("says so where PYTHON_PATH leads nowhere", () => {
    const { status, stderr } = ensure({ PYTHON_PATH: join(machine, "no-python") });
    expect(status).toBe(1);
    expect(stderr).toContain(`PYTHON_PATH is ${join(machine, "no-python")}, where there is nothing.`);
  });

  it("says so where CHROMIUM_PATH leads nowhere", () => {
    const { status, stderr } = ensure({ CHROMIUM_PATH: join(machine, "no-browser") });
    expect(status).toBe(1);
    expect(stderr).toContain(`CHROMIUM_PATH is ${join(machine, "no-browser")}, where there is nothing.`);
  });
});

/** Node itself stands in for a browser, and /bin/true for a Python that has everything: only MariaDB is lacking. */
function ensure(env: Record<string, string> = {}, args: readonly string[] = []) {
  return spawnSync(process.execPath, ["scripts/ensure-system-packages.mjs", ...args], {
    env: { PATH: machine, CHROMIUM_PATH: process.execPath, PYTHON_PATH: "/bin/true", ...env },
    encoding: "utf8",
  });
}

/** An apt that writes down how it is called, and "installs" MariaDB's programs as empty files. */
async function pretendApt({ knows }: { knows: string }): Promise<void> {
  const files = {
    "apt-get": `echo "$@" >> "${machine}/calls"
      case " $* " in *" install "*) : > "${machine}/mariadbd"; : > "${machine}/mariadb-install-db" ;; esac`,
    "apt-cache": `case " ${knows} " in *" $2 "*) exit 0 ;; *) exit 1 ;; esac`,
    sudo: '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"',
    env: 'shift; exec "$@"',
  };
  for (const [name, body] of Object.entries(files)) {
    await writeFile(join(machine, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(machine, name), 0o755);
  }
}

async function aptCalls(): Promise<string[]> {
  const calls = await readFile(join(machine, "calls"), "utf8").catch(() => "");
  return calls.split("\n").filter((line) => line !== "");
}
