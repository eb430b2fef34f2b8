import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { attempt, run, submit } from "./tickets.js";

describe.each(databases)("deciding again, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  describe("an idempotency key", () => {
    it("answers with the decision that it made, whatever has become of the ticket", async () => {
      const { id } = await submit(url, keys.agent);
      const input = {
        ticketId: id,
        revision: 1,
        status: "NEEDS_CHANGES",
        comments: "Shorter",
        idempotencyKey: "d",
      };
      const first = await run(url, keys.reviewer, "decideTicket", input);
      await run(url, keys.agent, "resubmitReview", { ticketId: id, title: "Two" });
      const again = await run(url, keys.reviewer, "decideTicket", input);
      expect(again.decision).toEqual(first.decision);
      expect(again.ticket).toMatchObject({ status: "PENDING", revision: 2 });
      const other = await attempt(url, keys.reviewer, "decideTicket", { ...input, comments: "Longer" });
      expect(other.code).toBe("IDEMPOTENCY_CONFLICT");
    });

    it.each([
      ["as it stood", {}],
      ["with edits", { amendment: { title: "Edited" } }],
    ])(
      "of an approval %s that was not enough says so again, whatever has become of it",
      async (how, more) => {
        const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
        const input = {
          ticketId: id,
          revision: 1,
          status: "APPROVED",
          idempotencyKey: `half, ${how}`,
          ...more,
        };
        const first = await run(url, keys.reviewer, "decideTicket", input);
        expect(first.decision).toMatchObject({ status: "PENDING", revision: first.ticket.revision });
        await run(url, keys.reviewer2, "decideTicket", {
          ticketId: id,
          revision: first.ticket.revision,
          status: "REJECTED",
          comments: "No",
        });
        const again = await run(url, keys.reviewer, "decideTicket", input);
        expect(again.decision).toEqual(first.decision);
        expect(again.ticket.status).toBe("REJECTED");
      },
    );

    it("counts an approval once", async () => {
      const { id } = await submit(url, keys.agent, { approvalsRequired: 2 });
      const input = { ticketId: id, revision: 1, status: "APPROVED", idempotencyKey: "a" };
      for (let turn = 0; turn < 3; turn += 1) {
        expect((await run(url, keys.reviewer, "decideTicket", input)).ticket.status).toBe("PENDING");
      }
    });
  });
});
