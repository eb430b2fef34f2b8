/**
 * Prints the API's schema, sorted, to schema.graphql. Needs neither a database nor a server.
 *
 *     node --import tsx scripts/emit-schema.ts           writes it
 *     node --import tsx scripts/emit-schema.ts --check   exits 1 where the committed one is out of step with the code,
 *                                                        or the code breaks test/contract.graphql
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSchema, lexicographicSortSchema, printSchema } from "graphql";
import { buildApiSchema } from "../src/graphql/schema.js";
import { contractBreaks } from "./contract-breaks.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "schema.graphql");
const contract = join(root, "test", "contract.graphql");

const HEADER = "# Made from the code by `npm run schema:emit`. Do not edit.\n\n";

const schema = buildApiSchema();
const fresh = `${HEADER}${printSchema(lexicographicSortSchema(schema))}\n`;

if (process.argv.includes("--check")) {
  const problems = contractBreaks(buildSchema(readFileSync(contract, "utf8")), schema);
  if (!existsSync(target) || readFileSync(target, "utf8") !== fresh) {
    problems.push("schema.graphql is out of step with the code. Run: npm run schema:emit");
  }
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
} else {
  writeFileSync(target, fresh);
  console.log("schema.graphql made from the code");
}
