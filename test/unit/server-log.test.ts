import { QueryFailedError } from "typeorm";
import { expect, it } from "vitest";
import { createLog } from "../../src/server/log.js";

it("logs a statement that failed without the values that it was to write", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  const secret = "whsec_bm90IGZvciB0aGUgbG9n";
  const driver = Object.assign(new Error("disk I/O error"), {
    code: "SQLITE_IOERR",
    sql: `INSERT INTO endpoint VALUES ('${secret}')`,
  });
  log.error({ err: new QueryFailedError("INSERT INTO endpoint VALUES (?)", [secret], driver) }, "it failed");
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(secret);
  expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({
    msg: "it failed",
    err: { type: "QueryFailedError", message: "disk I/O error" },
  });
});
