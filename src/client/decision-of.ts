import type { Decision, SettledDecision } from "./api-types.js";
import { CountersignError } from "./countersign-error.js";

/**
 * The named field of an answer.
 * @throws CountersignError BAD_RESPONSE where it is missing: the types are promises of the schema, and this checks that the
 * other side has read the same one
 */
export function fieldOf<Data, Name extends keyof Data & string>(
  data: Data,
  name: Name,
): NonNullable<Data[Name]> {
  const value = data[name];
  if (typeof value !== "object" || value === null) {
    throw new CountersignError("BAD_RESPONSE", `The server's answer has no ${name}.`);
  }
  return value;
}

/**
 * A decision that was pushed; undefined while it is PENDING.
 * @throws CountersignError BAD_RESPONSE where it lacks what waiting and resuming stand on
 */
export function settledDecision(decision: Decision): SettledDecision | undefined {
  if (decision.status === "PENDING") return undefined;
  if (
    typeof decision.status !== "string" ||
    typeof decision.ticketId !== "string" ||
    typeof decision.cursor !== "string"
  ) {
    throw new CountersignError(
      "BAD_RESPONSE",
      "The server pushed a decision without status, ticketId or cursor.",
    );
  }
  return decision as SettledDecision;
}
