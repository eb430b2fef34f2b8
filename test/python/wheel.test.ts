import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { CLIENT_DIRECTORY, PYTHON, runProgram } from "../support/python.js";

/**
 * Without pip's build isolation, which would fetch setuptools from a registry: the system's own builds the wheel, by the
 * interface that pip itself uses (PEP 517).
 */
const BUILD = "import sys, setuptools.build_meta as backend; print(backend.build_wheel(sys.argv[1]))";

describe("the Python package", { timeout: 120_000 }, () => {
  let directory: string;
  let wheel: string;

  async function run(program: string, args: readonly string[], cwd = directory): Promise<string> {
    const process = runProgram(program, args, { cwd });
    expect(await process.ended, process.said()).toBe(0);
    return process.said();
  }

  beforeAll(async () => {
    directory = join(inject("runDirectory"), "wheel");
    await mkdir(join(directory, "out"), { recursive: true });
    // Building leaves files beside the sources.
    await cp(CLIENT_DIRECTORY, join(directory, "sources"), { recursive: true });
    await run(PYTHON, ["-c", BUILD, join(directory, "out")], join(directory, "sources"));
    [wheel = ""] = await readdir(join(directory, "out"));
  }, 60_000);

  it("is one wheel for every platform, with both modules and their types, and no tests", async () => {
    expect(wheel).toBe("countersign-0.1.0-py3-none-any.whl");
    const names = (await run(PYTHON, ["-m", "zipfile", "-l", join(directory, "out", wheel)]))
      .split("\n")
      .map((line) => line.split(/\s/)[0])
      .filter(
        (name) => name?.startsWith("countersign/") || name?.startsWith("hms_etl/") || name?.includes("test"),
      );
    const sources = async (name: string): Promise<string[]> =>
      (await readdir(join(CLIENT_DIRECTORY, "src", name)))
        .filter((file) => /\.(py|typed)$/.test(file))
        .map((file) => `${name}/${file}`);
    expect(names.sort()).toEqual([...(await sources("countersign")), ...(await sources("hms_etl"))].sort());
  });

  it("is installed offline, needs nothing else, and has push as an extra", async () => {
    await run(PYTHON, ["-m", "venv", join(directory, "venv")]);
    const python = join(directory, "venv/bin/python");
    await run(python, ["-m", "pip", "install", "--quiet", "--no-index", join(directory, "out", wheel)]);
    const use = [
      "import importlib.metadata as metadata, importlib.util, countersign, hms_etl.hitl",
      "print(countersign.__file__, hms_etl.hitl.HitlClient.__module__)",
      "print(metadata.version('countersign') == countersign.__version__, importlib.util.find_spec('websockets'))",
      "print(metadata.requires('countersign'), metadata.metadata('countersign')['Requires-Python'])",
    ];
    expect((await run(python, ["-c", use.join("\n")])).trim().split("\n")).toEqual([
      expect.stringMatching(
        /\/venv\/lib\/python3\.\d+\/site-packages\/countersign\/__init__\.py hms_etl\.hitl$/,
      ),
      "True None",
      expect.stringMatching(/^\["websockets ?\(?>=10\.4\)? ?; ?extra == ['\\"]+push['\\"]+"\] >=3\.9$/),
    ]);
  });
});
