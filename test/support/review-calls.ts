import { gqlData } from "./graphql-client.js";
import type { TestServer } from "./test-server.js";

/** The calls that most tests begin with. */
export function reviewCalls(server: () => TestServer) {
  const url = () => server().url;
  return {
    submit: async (title: string, key = server().keys.agent, input: object = {}): Promise<string> => {
      const query = "mutation($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id } } }";
      const data = await gqlData<{ submitReview: { ticket: { id: string } } }>(url(), key, query, {
        input: { title, ...input },
      });
      return data.submitReview.ticket.id;
    },
    decide: async (ticketId: string, input: object = {}, key = server().keys.reviewer): Promise<string> => {
      const query =
        "mutation($input: DecideTicketInput!) { decideTicket(input: $input) { decision { status } } }";
      const data = await gqlData<{ decideTicket: { decision: { status: string } } }>(url(), key, query, {
        input: { ticketId, revision: 1, status: "APPROVED", ...input },
      });
      return data.decideTicket.decision.status;
    },
    comment: (ticketId: string, body: string, key = server().keys.agent) =>
      gqlData(
        url(),
        key,
        "mutation($input: CommentOnTicketInput!) { commentOnTicket(input: $input) { ticket { id } } }",
        {
          input: { ticketId, body },
        },
      ),
    ledgerCursor: async (key = server().keys.agent): Promise<string> =>
      (await gqlData<{ viewer: { ledgerCursor: string } }>(url(), key, "{ viewer { ledgerCursor } }")).viewer
        .ledgerCursor,
  };
}
