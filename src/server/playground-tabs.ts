/** One prefilled tab of the playground. */
export interface PlaygroundTab {
  readonly name: string;
  /** The environment variable with the key that the tab presents. */
  readonly key: "agentKey" | "reviewerKey";
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Runs in the playground's sandbox after each answer. */
  readonly afterwards?: string;
}

/** The story of one proposal, in the order in which a newcomer plays it. */
export const playgroundTabs: readonly PlaygroundTab[] = [
  {
    name: "Agent: submit",
    key: "agentKey",
    query: `# 1. An agent proposes something. Nothing of it goes live until a human has signed it off.
#    What it proposes stands below, under VARIABLES.

mutation Submit($input: SubmitReviewInput!) {
  submitReview(input: $input) {
    ticket {
      id
      status
      revision
      proposal {
        title
        digest
      }
      queue
      priority
      approvalsRequired
      submittedBy {
        name
      }
      submittedAt
    }
  }
}
`,
    variables: {
      input: {
        title: "Expand loan term to 7 years",
        detail: "Increase the maximum term from 5 to 7 years for small-business loans.",
        payload: { rule: "small-business-loans", maximumTermYears: { from: 5, to: 7 } },
        priority: "NORMAL",
      },
    },
    // The other tabs mean this ticket where they say {{ticketId}}.
    afterwards: `const { data } = JSON.parse(altair.response.body);
if (data?.submitReview) {
  await altair.helpers.setEnvironment("ticketId", data.submitReview.ticket.id, true);
}
`,
  },
  {
    name: "Agent: wait for the decision",
    key: "agentKey",
    query: `# 2. The agent waits. The decision is pushed here, over graphql-transport-ws, the moment it is made:
#    send this, leave it running, and go on to the reviewer's tabs.
#    {{ticketId}} is the ticket that the first tab has submitted.

subscription WaitForTheDecision($ticketId: ID!) {
  ticketDecided(ticketId: $ticketId) {
    ticketId
    status
    revision
    comments
    decidedBy {
      name
    }
    decidedAt
    proposal {
      title
      detail
      payload
      digest
    }
    cursor
    receipt
  }
}
`,
    variables: { ticketId: "{{ticketId}}" },
  },
  {
    name: "Reviewer: inbox",
    key: "reviewerKey",
    query: `# 3. What waits for a human, newest first.

query Inbox($filter: TicketFilter) {
  tickets(filter: $filter, first: 20) {
    edges {
      node {
        id
        revision
        priority
        proposal {
          title
          detail
          payload
        }
        submittedBy {
          name
        }
        submittedAt
        dueAt
        viewerCanDecide
        viewerCannotDecideReasons
      }
    }
  }
}
`,
    variables: { filter: { status: ["PENDING"] } },
    // The next tab decides on the newest, unless told otherwise.
    afterwards: `const { data } = JSON.parse(altair.response.body);
const newest = data?.tickets?.edges[0]?.node;
if (newest) {
  await altair.helpers.setEnvironment("ticketId", newest.id, true);
}
`,
  },
  {
    name: "Reviewer: decide",
    key: "reviewerKey",
    query: `# 4. A human decides, on exactly the revision that they have seen: APPROVED, REJECTED or NEEDS_CHANGES.
#    {{ticketId}} is the newest of your inbox; put any other in its place. Then look at where the agent waits.

mutation Decide($input: DecideTicketInput!) {
  decideTicket(input: $input) {
    decision {
      status
      revision
      comments
      decidedBy {
        name
      }
      decidedAt
      receipt
    }
    ticket {
      id
      status
      approvalsRequired
      reviews {
        reviewer {
          name
        }
        outcome
      }
    }
  }
}
`,
    variables: {
      input: {
        ticketId: "{{ticketId}}",
        revision: 1,
        status: "APPROVED",
        comments: "Checked against the rule. Go.",
      },
    },
  },
];
