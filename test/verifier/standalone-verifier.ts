import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import ts from "typescript";

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The verifier as one compiled file in an empty folder: nothing of this project is near it. */
export interface StandaloneVerifier {
  readonly folder: string;
  write(name: string, content: string): Promise<string>;
  run(args: readonly string[], input?: string, nodeOptions?: readonly string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

export async function standaloneVerifier(): Promise<StandaloneVerifier> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-verifier-"));
  const source = await readFile(new URL("../../src/verifier/verify-export.ts", import.meta.url), "utf8");
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  const program = join(folder, "verify-export.mjs");
  await writeFile(program, ts.transpileModule(source, { compilerOptions }).outputText);
  return {
    folder,
    write: async (name, content) => {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    run: async (args, input = "", nodeOptions = []) => {
      const child = spawn(process.execPath, [...nodeOptions, program, ...args], { cwd: folder });
      return outcomeOf(child, input);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a process said, once it has ended. */
export async function outcomeOf(child: ChildProcess, input = ""): Promise<Outcome> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("the process has no pipes");
  // It may be done before it has read all of its input.
  stdin.on("error", () => undefined);
  stdin.end(input);
  const [[code], said, complained] = await Promise.all([once(child, "close"), text(stdout), text(stderr)]);
  return { code: code as number | null, stdout: said, stderr: complained };
}
