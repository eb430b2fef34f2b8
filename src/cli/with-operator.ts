import type { Operator } from "../server/operator.js";
import type { Terminal } from "./terminal.js";

/** Opens the installation that the environment describes, and closes it again whatever happens. */
export async function withOperator<Result>(
  { env }: Terminal,
  work: (operator: Operator) => Promise<Result>,
  purpose: "work" | "inspect" = "work",
): Promise<Result> {
  const { Operator: Opened } = await import("../server/operator.js");
  const operator = await Opened.open(env, purpose);
  try {
    return await work(operator);
  } finally {
    await operator.close();
  }
}
