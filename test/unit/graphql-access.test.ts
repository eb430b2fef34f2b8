import { type ExecutionResult, type GraphQLSchema, graphql, parse, subscribe } from "graphql";
import { describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import type { Actor } from "../../src/domain/principal.js";
import { ACCESS, guardRootFields } from "../../src/graphql/access.js";
import type { RequestContext } from "../../src/graphql/request-context.js";
import { buildApiSchema } from "../../src/graphql/schema.js";

const schema = buildApiSchema();

const auditor: Actor = {
  id: "p",
  name: "P",
  kind: "HUMAN",
  workspaceId: "w",
  roles: ["AUDITOR"],
  queues: null,
};

/** Whatever a field would do with its services, it must not come so far. */
function contextOf(actor: Actor | null): RequestContext {
  const denials = { note: () => undefined };
  return { requestId: "r", actor, services: { denials } } as unknown as RequestContext;
}

/** Every root field with arguments that validate. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "Query.viewer": "{ viewer { roles } }",
  "Query.node": '{ node(id: "x") { id } }',
  "Query.decision": '{ decision(ticketId: "x") { status } }',
  "Query.ticket": '{ ticket(id: "x") { id } }',
  "Query.tickets": "{ tickets { totalCount } }",
  "Query.auditTrail": "{ auditTrail { edges { cursor } } }",
  "Query.recentEvents": "{ recentEvents { edges { cursor } } }",
  "Mutation.createQueue": 'mutation { createQueue(input: {name: "x"}) { queue { name } } }',
  "Mutation.changeQueue":
    'mutation { changeQueue(input: {name: "x", minimumApprovals: 1}) { queue { name } } }',
  "Mutation.setQueueNotice": 'mutation { setQueueNotice(input: {queue: "x"}) { queue { name } } }',
  "Query.notificationPreferences": "{ notificationPreferences { mail } }",
  "Mutation.setNotificationPreference":
    "mutation { setNotificationPreference(input: {mail: OFF}) { notificationPreferences { mail } } }",
  "Mutation.setNotificationHours":
    "mutation { setNotificationHours(input: {}) { notificationPreferences { mail } } }",
  "Mutation.verifyAudit": "mutation { verifyAudit { events } }",
  "Query.members": "{ members { edges { cursor } } }",
  "Query.queues": "{ queues { name } }",
  "Query.apiKeys": "{ apiKeys { edges { cursor } } }",
  "Mutation.inviteMember": 'mutation { inviteMember(input: {email: "ada@example.org"}) { signInUrl } }',
  "Mutation.changeMember": 'mutation { changeMember(input: {memberId: "x"}) { member { id } } }',
  "Mutation.removeMember": 'mutation { removeMember(input: {memberId: "x"}) { member { id } } }',
  "Mutation.createApiKey": "mutation { createApiKey(input: {}) { key } }",
  "Mutation.rotateApiKey": 'mutation { rotateApiKey(input: {keyId: "x"}) { key } }',
  "Mutation.revokeApiKey": 'mutation { revokeApiKey(input: {keyId: "x"}) { apiKey { id } } }',
  "Mutation.submitReview": 'mutation { submitReview(input: {title: "x"}) { ledgerCursor } }',
  "Mutation.resubmitReview":
    'mutation { resubmitReview(input: {ticketId: "x", title: "x"}) { ledgerCursor } }',
  "Mutation.withdrawReview": 'mutation { withdrawReview(input: {ticketId: "x"}) { ticket { id } } }',
  "Mutation.snoozeTicket":
    'mutation { snoozeTicket(input: {ticketId: "x", until: "2027-01-01T00:00:00Z"}) { ticket { id } } }',
  "Mutation.unsnoozeTicket": 'mutation { unsnoozeTicket(input: {ticketId: "x"}) { ticket { id } } }',
  "Mutation.claimTicket": 'mutation { claimTicket(input: {ticketId: "x"}) { ticket { id } } }',
  "Mutation.releaseTicket": 'mutation { releaseTicket(input: {ticketId: "x"}) { ticket { id } } }',
  "Mutation.assignTicket":
    'mutation { assignTicket(input: {ticketId: "x", assigneeId: "y"}) { ticket { id } } }',
  "Mutation.commentOnTicket":
    'mutation { commentOnTicket(input: {ticketId: "x", body: "b"}) { ticket { id } } }',
  "Mutation.decideTicket":
    'mutation { decideTicket(input: {ticketId: "x", revision: 1, status: APPROVED}) { ticket { id } } }',
  "Mutation.retractReview":
    'mutation { retractReview(input: {ticketId: "x", revision: 1}) { ticket { id } } }',
  "Query.endpoints": "{ endpoints { id } }",
  "Query.deadLetters": "{ deadLetters { edges { cursor } } }",
  "Mutation.createEndpoint": 'mutation { createEndpoint(input: {name: "x", url: "y"}) { secret } }',
  "Mutation.changeEndpoint": 'mutation { changeEndpoint(input: {endpointId: "x"}) { endpoint { id } } }',
  "Mutation.removeEndpoint": 'mutation { removeEndpoint(input: {endpointId: "x"}) { endpoint { id } } }',
  "Mutation.rotateEndpointSecret": 'mutation { rotateEndpointSecret(input: {endpointId: "x"}) { secret } }',
  "Mutation.testEndpoint": 'mutation { testEndpoint(input: {endpointId: "x"}) { delivered } }',
  "Mutation.replayDeadLetters": "mutation { replayDeadLetters(input: {}) { replayed } }",
  "Mutation.rotateCallbackSecret": "mutation { rotateCallbackSecret(input: {}) { secret } }",
  "Subscription.ticketDecided": "subscription { ticketDecided { status } }",
  "Subscription.ticketChanged": "subscription { ticketChanged { cursor } }",
  "Subscription.ticketViewers": 'subscription { ticketViewers(ticketId: "x") { count } }',
};

describe("the access table", () => {
  it("has an operation for each of its fields in this test", () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(Object.keys(ACCESS).sort());
  });

  it.each(Object.keys(OPERATIONS))("keeps nobody from %s but who has a credential", async (field) => {
    expect(await refusalOf(schema, OPERATIONS[field]!, null)).toBe("UNAUTHENTICATED");
  });

  it("keeps those from submitting who are no agents, before anything is looked at", async () => {
    expect(await refusalOf(schema, OPERATIONS["Mutation.submitReview"]!, auditor)).toBe("FORBIDDEN");
  });

  it.each(["members", "inviteMember", "changeMember", "removeMember"])(
    "keeps everybody else from %s, before anything is looked at",
    async (name) => {
      const operation = OPERATIONS[`Query.${name}`] ?? OPERATIONS[`Mutation.${name}`];
      const reviewer: Actor = { ...auditor, roles: ["REVIEWER", "AGENT"] };
      expect(await refusalOf(schema, operation!, reviewer)).toBe("FORBIDDEN");
      if (name !== "members") expect(await refusalOf(schema, operation!, auditor)).toBe("FORBIDDEN");
    },
  );

  it("lets nobody ask for the type name", async () => {
    const result = await graphql({ schema, source: "{ __typename }", contextValue: contextOf(null) });
    expect(result).toEqual({ data: { __typename: "Query" } });
  });

  it.each(["Query.viewer", "Mutation.decideTicket", "Subscription.ticketDecided"])(
    "stops the server from being built where %s is missing from it",
    (field) => {
      const { [field]: _, ...others } = ACCESS;
      expect(() => guardRootFields(buildApiSchema(), others)).toThrow(field);
    },
  );

  it("stops the server from being built where it names a field that does not exist", () => {
    const table = { ...ACCESS, "Query.secret": {} };
    expect(() => guardRootFields(buildApiSchema(), table)).toThrow("Query.secret");
  });
});

async function refusalOf(api: GraphQLSchema, source: string, actor: Actor | null): Promise<unknown> {
  const args = { schema: api, contextValue: contextOf(actor) };
  const result = source.startsWith("subscription")
    ? ((await subscribe({ ...args, document: parse(source) })) as ExecutionResult)
    : await graphql({ ...args, source });
  const cause = result.errors?.[0]?.originalError;
  return cause instanceof DomainError ? cause.code : cause;
}
