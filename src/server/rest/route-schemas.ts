import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { PROBLEM_MEDIA_TYPE } from "../../domain/problem-details.js";
import { PROBLEM } from "./wire-answers.js";

/** Refusals that any route with a credential may give. */
const ALWAYS = [401, 429, 500, 503] as const;

/** A route's refusals, for its `response`. */
export function refusals(...statuses: readonly number[]) {
  const all = [...new Set([...statuses, ...ALWAYS])].sort();
  return Object.fromEntries(
    all.map((status) => [
      status,
      {
        description: STATUS_CODES[status] ?? "Error",
        content: { [PROBLEM_MEDIA_TYPE]: { schema: PROBLEM } },
      },
    ]),
  );
}

/** What a route answers when all is well. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } };
}

/** The answer without a body to who has it already. */
export const UNCHANGED = z.null().describe("The ticket is as the If-None-Match says.");
