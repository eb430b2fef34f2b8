import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("docs/dependencies.md", () => {
  const rows = [...read("docs/dependencies.md").matchAll(/^\| `([^`]+)` \| (\S+) \| (.+) \|$/gm)];
  const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };

  it("gives a reason for everything that ships, and for nothing else", () => {
    expect(rows.map(([, name]) => name)).toEqual(Object.keys(dependencies).sort());
    for (const [, name, , reason] of rows) expect(reason?.length, name).toBeGreaterThan(8);
  });

  it("names each licence as the package itself does", () => {
    for (const [, name, licence] of rows) {
      const { license } = JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string };
      expect(licence, name).toBe(license);
    }
  });

  it("is about versions that are pinned exactly", () => {
    for (const [name, version] of Object.entries(dependencies))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });
});

describe("docs/security.md", () => {
  const text = read("docs/security.md");

  it("names tests that are there", () => {
    const named = [...text.matchAll(/`(test\/[\w./*-]+)`/g)].map(([, path]) => path ?? "");
    expect(named.length).toBeGreaterThan(25);
    for (const path of new Set(named))
      expect(existsSync(join(root, path.replace(/\/\*.*$/, ""))), path).toBe(true);
  });

  it("has a test for each of the eight promises", () => {
    const rows = [...text.matchAll(/^\| (\d)\. .*\| (.*) \|$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const [, number, tests] of rows) expect(tests, `promise ${number}`).toMatch(/`test\//);
  });

  it("names settings that there are", () => {
    const settings = read("docs/settings.md");
    const named = [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name]) => name ?? "");
    const codes = read("src/domain/domain-error.ts") + read("src/domain/ticket-event.ts");
    for (const name of new Set(named)) {
      expect(settings.includes(`\`${name}\``) || codes.includes(`"${name}"`), name).toBe(true);
    }
  });
});
