import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { CLIENT_DIRECTORY, PYTHON, runProgram, runPython } from "../support/python.js";

describe("the Python client", () => {
  // They wait more than they work, so they do it side by side.
  const parts = [
    "test_clients.BlockingClientTest",
    "test_clients.AsyncClientTest",
    "test_clients.SameMethodsTest",
  ];
  const modules = readdirSync(join(CLIENT_DIRECTORY, "tests"))
    .filter((file) => file.startsWith("test_") && file !== "test_clients.py")
    .map((file) => file.replace(".py", ""));

  it.concurrent.each([...parts, ...modules])(
    "passes its own tests: %s",
    { timeout: 60_000 },
    async (name) => {
      // Warnings are errors: of what is deprecated, and of sockets and tasks that nobody closed.
      const run = runPython(["-W", "error", "-m", "unittest", name], {
        cwd: join(CLIENT_DIRECTORY, "tests"),
      });
      expect(await run.ended, run.said()).toBe(0);
      // Nothing is skipped: websockets is among what the tests need.
      expect(run.said()).toMatch(/^Ran [1-9]\d* tests? in [\d.]+s\n\nOK\n$/m);
    },
  );

  it("has types that mypy finds nothing wrong with", { timeout: 120_000 }, async () => {
    const configuration = [
      "--config-file",
      "pyproject.toml",
      "--cache-dir",
      join(inject("runDirectory"), "mypy"),
    ];
    const run = runProgram(PYTHON, ["-m", "mypy", ...configuration, "src"], { cwd: CLIENT_DIRECTORY });
    expect(await run.ended, run.said()).toBe(0);
    expect(run.said()).toMatch(/^Success: no issues found in 1\d source files$/m);
    const use = [
      "from countersign import AsyncHitlClient, HitlClient",
      "from hms_etl.hitl import HitlClient as ByThatName",
      "reveal_type(HitlClient('', '').wait_for_decision('')['comments'])",
      "reveal_type(ByThatName('', '').get_decision('')['status'])",
      "HitlClient('', '').review('', revision='1', status='maybe')",
      "async def follow() -> None:",
      "    async for decision in AsyncHitlClient('', '').decisions():",
      "        reveal_type(decision['decidedBy'])",
    ];
    const using = runProgram(PYTHON, ["-m", "mypy", ...configuration, "-c", use.join("\n")], {
      cwd: CLIENT_DIRECTORY,
    });
    expect(await using.ended).toBe(1);
    expect(using.said()).toContain('Revealed type is "Union[builtins.str, None]"');
    expect(using.said()).toContain("Union[Literal['pending'], Literal['approved']");
    expect(using.said()).toContain(
      'Argument "revision" to "review" of "HitlClient" has incompatible type "str"',
    );
    expect(using.said()).toContain('Argument "status" to "review" of "HitlClient" has incompatible type');
    expect(using.said()).toContain("TypedDict('countersign.types.Principal'");
  });
});
