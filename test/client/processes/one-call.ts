// One use of the SDK in a process of its own, without close(): it must end by itself. `node one-call.ts <use> <coreUrl>`
import { WebSocket } from "ws";
import { CountersignError, HitlClient } from "../../../src/client/hitl-client.js";
import { AGENT_KEY } from "../../support/scripted-tickets.js";

const [use = "", coreUrl = ""] = process.argv.slice(2);
const client = new HitlClient({
  coreUrl,
  apiKey: AGENT_KEY,
  retry: { baseMs: 60_000, capMs: 60_000 },
  heartbeatMs: 20_000,
  // Of the WebSockets there are, only this one can be cut when the other side does not answer its closing.
  ...(use === "dead" ? { webSocketImpl: WebSocket } : {}),
});

const uses: Record<string, () => Promise<unknown>> = {
  decided: async () => {
    const { id } = await client.submitForReview({ title: "x" });
    return await client.waitForDecision(id);
  },
  timeout: async () => {
    const { id } = await client.submitForReview({ title: "x" });
    return await client.waitForDecision(id, { timeoutMs: 100 });
  },
  unreachable: async () => await client.waitForDecision("ticket_1", { timeoutMs: 100 }),
  abort: async () => await client.waitForDecision("ticket_1", { signal: AbortSignal.timeout(300) }),
  dead: async () => {
    const { id } = await client.submitForReview({ title: "x" });
    return await client.waitForDecision(id, { signal: AbortSignal.timeout(1_000) });
  },
  unread: async () => client.decisions({ after: "cursor" }),
  broken: async () => {
    const { ledgerCursor } = await client.viewer();
    await client.submitForReview({ title: "x" });
    for await (const decision of client.decisions({ after: ledgerCursor })) return decision;
    return undefined;
  },
};

try {
  await uses[use]?.();
  console.log("done");
} catch (error) {
  console.log(error instanceof CountersignError ? error.code : error);
}
