import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type ModelActor, type ModelCommand, TicketModel } from "../support/ticket-model.js";

const ACTORS: readonly ModelActor[] = [
  { name: "agent", submits: true, reviews: false, seesAll: false },
  { name: "stranger", submits: true, reviews: false, seesAll: false },
  { name: "ann", submits: false, reviews: true, seesAll: false },
  { name: "bob", submits: false, reviews: true, seesAll: false },
  { name: "cyd", submits: false, reviews: true, seesAll: false },
  { name: "both", submits: true, reviews: true, seesAll: false },
  { name: "auditor", submits: false, reviews: false, seesAll: true },
];

const revision = fc.constantFrom(
  "current" as const,
  "current" as const,
  "current" as const,
  "stale" as const,
);
const command: fc.Arbitrary<ModelCommand> = fc.oneof(
  { weight: 6, arbitrary: decide() },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("resubmit" as const),
      answers: fc.constantFrom("current" as const, "none" as const, "stale" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("withdraw" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("claim" as const, "release" as const, "comment" as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("assign" as const),
      to: fc.constantFrom(...ACTORS.map((actor) => actor.name), "nobody"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("retract" as const), revision }) },
);

function decide(): fc.Arbitrary<ModelCommand> {
  return fc.record({
    kind: fc.constant("decide" as const),
    revision,
    outcome: fc.constantFrom(
      "APPROVED" as const,
      "APPROVED" as const,
      "APPROVED" as const,
      "REJECTED" as const,
      "NEEDS_CHANGES" as const,
    ),
    comments: fc.boolean(),
    amend: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 0),
  });
}

interface Shown {
  readonly status: string;
  readonly revision: number;
  readonly assignee: { readonly name: string } | null;
  readonly proposal: { readonly submittedBy: { readonly name: string } };
  readonly reviews: readonly {
    readonly revision: number;
    readonly outcome: string;
    readonly retractedAt: string | null;
    readonly reviewer: { readonly name: string };
  }[];
  readonly decision: { readonly status: string };
}

const FIELDS =
  "id status revision assignee { name } proposal { submittedBy { name } } " +
  "reviews { revision outcome retractedAt reviewer { name } } decision { status revision }";
const TICKET = `ticket { ${FIELDS} }`;

describe.each(databases)("random lives of tickets, on $name", (kind) => {
  let server: TestServer;
  const people = new Map<string, { key: string; principalId: string }>();

  beforeAll(async () => {
    server = await startTestServer(kind);
    for (const actor of ACTORS) {
      const human = actor.reviews || actor.seesAll;
      const roles = [
        ...(actor.submits ? (["AGENT"] as const) : []),
        ...(actor.reviews ? (["REVIEWER"] as const) : []),
        ...(actor.seesAll ? (["AUDITOR"] as const) : []),
      ];
      people.set(actor.name, await server.principal(actor.name, human ? "HUMAN" : "AGENT", roles));
    }
  });
  afterAll(() => server.close());

  const person = (name: string) =>
    people.get(name) ?? { key: "", principalId: "principal_00000000000000000000000000" };
  const call = (actor: string, mutation: string, type: string, input: object, payload = TICKET) =>
    gql(
      server.url,
      person(actor).key,
      `mutation($input: ${type}!) { ${mutation}(input: $input) { ${payload} } }`,
      { input },
    );

  async function send(
    ticketId: string,
    revisionNow: number,
    actor: string,
    step: ModelCommand,
    index: number,
  ) {
    const seen = (which: "current" | "stale") => (which === "current" ? revisionNow : revisionNow + 7);
    switch (step.kind) {
      case "resubmit":
        return call(actor, "resubmitReview", "ResubmitReviewInput", {
          ticketId,
          title: `revised ${index}`,
          ...(step.answers === "none" ? {} : { revision: seen(step.answers) }),
        });
      case "withdraw":
        return call(actor, "withdrawReview", "WithdrawReviewInput", { ticketId });
      case "claim":
        return call(actor, "claimTicket", "ClaimTicketInput", { ticketId });
      case "release":
        return call(actor, "releaseTicket", "ReleaseTicketInput", { ticketId });
      case "comment":
        return call(actor, "commentOnTicket", "CommentOnTicketInput", { ticketId, body: `comment ${index}` });
      case "assign":
        return call(actor, "assignTicket", "AssignTicketInput", {
          ticketId,
          assigneeId: person(step.to).principalId,
        });
      case "retract":
        return call(actor, "retractReview", "RetractReviewInput", {
          ticketId,
          revision: seen(step.revision),
        });
      case "decide":
        return call(actor, "decideTicket", "DecideTicketInput", {
          ticketId,
          revision: seen(step.revision),
          status: step.outcome,
          ...(step.comments ? { comments: "because" } : {}),
          ...(step.amend ? { amendment: { title: `amended ${index}` } } : {}),
        });
    }
  }

  it("do exactly what the model says, step by step", { timeout: 120_000 }, async () => {
    const life = fc.record({
      required: fc.integer({ min: 1, max: 3 }),
      submitter: fc.constantFrom("agent", "both"),
      steps: fc.array(fc.record({ actor: fc.constantFrom(...ACTORS), command }), {
        minLength: 1,
        maxLength: 25,
      }),
    });
    await fc.assert(
      fc.asyncProperty(life, async ({ required, submitter, steps }) => {
        const submitting = ACTORS.find((actor) => actor.name === submitter) as ModelActor;
        const model = new TicketModel(submitting, required, ACTORS);
        const submitted = await call(submitter, "submitReview", "SubmitReviewInput", {
          title: "first",
          approvalsRequired: required,
        });
        const ticketId = (submitted.data as { submitReview: { ticket: { id: string } } }).submitReview.ticket
          .id;
        for (const [index, { actor, command: step }] of steps.entries()) {
          const revisionNow = model.revision;
          const predicted = model.run(actor, step);
          const answer = await send(ticketId, revisionNow, actor.name, step, index);
          const code = answer.code ?? "done";
          expect(code, `step ${index}: ${actor.name} ${JSON.stringify(step)}`).toBe(predicted);
          await compare(ticketId, model);
        }
      }),
      { numRuns: 40, endOnFailure: false },
    );
  });

  async function compare(ticketId: string, model: TicketModel): Promise<void> {
    const query = `query($id: ID!) { ticket(id: $id) { ${FIELDS} } }`;
    const { ticket } = await gqlData<{ ticket: Shown }>(server.url, server.keys.auditor, query, {
      id: ticketId,
    });
    const counting = ticket.reviews
      .filter(
        ({ revision, outcome, retractedAt }) =>
          revision === ticket.revision && retractedAt === null && outcome === "APPROVED",
      )
      .map((review) => review.reviewer.name);
    expect({
      status: ticket.status,
      revision: ticket.revision,
      revisionBy: ticket.proposal.submittedBy.name,
      holder: ticket.assignee?.name ?? null,
      approvals: counting,
      decision: ticket.decision.status,
    }).toEqual({
      status: model.status,
      revision: model.revision,
      revisionBy: model.revisionBy,
      holder: model.holder,
      approvals: model.approvals,
      decision: model.status,
    });
  }
});
