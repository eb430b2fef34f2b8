// First of all: type-graphql's decorators look for it when the classes below are loaded.
import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { buildSchemaSync, type PubSub } from "type-graphql";
import { guardRootFields } from "./access.js";
import { readHeadFirst } from "./head-first.js";
import { ApiKeysResolver } from "./resolvers/api-keys-resolver.js";
import { AuditResolver } from "./resolvers/audit-resolver.js";
import { DeadLettersResolver } from "./resolvers/dead-letters-resolver.js";
import { DecisionResolver } from "./resolvers/decision-resolver.js";
import { EndpointsResolver } from "./resolvers/endpoints-resolver.js";
import { HandOverResolver } from "./resolvers/hand-over-resolver.js";
import { MembersResolver } from "./resolvers/members-resolver.js";
import { NotificationsResolver } from "./resolvers/notifications-resolver.js";
import { PresenceResolver } from "./resolvers/presence-resolver.js";
import { ProposalResolver } from "./resolvers/proposal-resolver.js";
import { PushResolver } from "./resolvers/push-resolver.js";
import { QueuesResolver } from "./resolvers/queues-resolver.js";
import { ReviewResolver } from "./resolvers/review-resolver.js";
import { ReviewTicketResolver } from "./resolvers/review-ticket-resolver.js";
import { SignOffResolver } from "./resolvers/sign-off-resolver.js";
import { SubmissionResolver } from "./resolvers/submission-resolver.js";
import { TicketsResolver } from "./resolvers/tickets-resolver.js";
import { ViewerResolver } from "./resolvers/viewer-resolver.js";

/** type-graphql asks for one as soon as there are subscriptions; ours bring their own source, so it is never used. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error("events go through the ledger");
  },
  subscribe: () => {
    throw new Error("subscriptions follow the ledger");
  },
};

/** The API's schema, with access guarded. It holds no state: one serves any number of servers. */
export function buildApiSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ViewerResolver,
      DecisionResolver,
      ReviewTicketResolver,
      TicketsResolver,
      ProposalResolver,
      ReviewResolver,
      AuditResolver,
      SubmissionResolver,
      SignOffResolver,
      HandOverResolver,
      PushResolver,
      PresenceResolver,
      MembersResolver,
      QueuesResolver,
      NotificationsResolver,
      ApiKeysResolver,
      EndpointsResolver,
      DeadLettersResolver,
    ],
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  readHeadFirst(schema);
  guardRootFields(schema);
  return schema;
}
