import { describe, expect, it } from "vitest";
import { plain, strong, type Terminal, table } from "../../src/cli/terminal.js";
import { runCommand } from "../cli/run-command.js";

describe("what the command line shows of others' texts", () => {
  it.each([
    ["escape sequences", "a\u001b[2Jb", "a [2Jb"],
    ["line breaks", "a\r\nb\u2028c", "a b c"],
    ["marks that turn the direction of writing around", "a\u202eb\u2066c", "a b c"],
    ["invisible characters", "a\u200bb\ufeffc", "a b c"],
  ])("has no %s", (_, text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it("stays as it is otherwise", () => {
    expect(plain("Späte Gebühr \u{1F4B6} für 100 €")).toBe("Späte Gebühr \u{1F4B6} für 100 €");
  });

  it("lines up in columns", () => {
    expect(
      table([
        ["ID", "NAME"],
        ["1", "Ada"],
        ["1000", ""],
      ]),
    ).toBe("ID    NAME\n1     Ada\n1000");
  });
});

describe("colour", () => {
  const shown = (isTTY: boolean, env: Record<string, string>): string =>
    strong({ env, stderr: { isTTY, write: () => true } } as unknown as Terminal, "NOT_FOUND");

  it("is for terminals only, and for nobody where NO_COLOR says so", () => {
    expect(shown(true, {})).toBe("\u001b[1mNOT_FOUND\u001b[0m");
    expect(shown(true, { NO_COLOR: "" })).toBe("\u001b[1mNOT_FOUND\u001b[0m");
    expect(shown(true, { NO_COLOR: "1" })).toBe("NOT_FOUND");
    expect(shown(false, {})).toBe("NOT_FOUND");
  });
});

describe("usage", () => {
  it.each([
    [],
    ["nonsense"],
    ["keys"],
    ["audit"],
    ["wait"],
    ["submit"],
    ["decide", "ticket_x", "--approve"],
    ["--nope"],
  ])("is refused with status 2: %s %s %s", async (...args) => {
    const ran = await runCommand(args.filter((arg) => typeof arg === "string"));
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).not.toBe("");
  });

  it.each([["--help"], ["help"], ["keys", "create", "--help"], ["audit", "verify", "--help"], ["--version"]])(
    "is explained on standard output: %s %s %s",
    async (...args) => {
      const ran = await runCommand(args.filter((arg) => typeof arg === "string"));
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      expect(ran.stdout).not.toBe("");
    },
  );

  it.each([
    "serve",
    "migrate",
    "workspaces",
    "queues",
    "keys",
    "audit",
    "submit",
    "wait",
    "decide",
    "tickets",
  ])("names the command %s", async (name) => {
    expect((await runCommand(["--help"])).stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it("has no option that takes a key as its value", async () => {
    for (const name of ["submit", "resubmit", "withdraw", "wait", "decide", "tickets"]) {
      expect((await runCommand([name, "--help"])).stdout).not.toMatch(/--(api-)?key[ =]|--token/);
    }
  });

  it("names a wrong setting, with its own status", async () => {
    const ran = await runCommand(["keys", "list", "--json"], { env: { DATABASE_URL: "oracle:x" } });
    expect(ran).toMatchObject({ code: 4, stdout: "" });
    expect(JSON.parse(ran.stderr).error.message).toMatch(/DATABASE_URL: expected sqlite:PATH/);
  });
});
