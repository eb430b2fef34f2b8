import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from "graphql";
import { DomainError } from "../domain/domain-error.js";
import { type Actor, hasRole, type Role } from "../domain/principal.js";
import { requireRole } from "../domain/refusals.js";
import { DENIALS } from "../ledger/denial-recorder.js";
import { actorOf, type RequestContext } from "./request-context.js";

/** What a root field needs before its resolver is asked. */
export interface Access {
  /** A credential is needed; and where it is named, this role. */
  readonly role?: Role;
  /** Another role that will do as well. */
  readonly orRole?: Role;
}

const AUTHENTICATED: Access = {};
const ADMINS: Access = { role: "ADMIN" };
/** Nobody else is ever mailed; neither role is ever an agent's. */
const MAILED: Access = { role: "REVIEWER", orRole: "ADMIN" };

/**
 * What every root field needs. Which tickets a viewer sees is decided by `maySee` and its SQL twin; what may be done to a
 * ticket, by the domain's `authorise`, since NOT_FOUND comes before FORBIDDEN.
 */
export const ACCESS: Readonly<Record<string, Access>> = {
  "Query.viewer": AUTHENTICATED,
  "Query.node": AUTHENTICATED,
  "Query.decision": AUTHENTICATED,
  "Query.ticket": AUTHENTICATED,
  "Query.tickets": AUTHENTICATED,
  "Query.auditTrail": AUTHENTICATED,
  "Query.recentEvents": AUTHENTICATED,
  "Query.members": { role: "ADMIN", orRole: "AUDITOR" },
  // Agents name one when they submit.
  "Query.queues": AUTHENTICATED,
  "Query.notificationPreferences": MAILED,
  // Everybody sees their own.
  "Query.apiKeys": AUTHENTICATED,
  "Query.endpoints": { role: "ADMIN", orRole: "AUDITOR" },
  "Query.deadLetters": { role: "ADMIN", orRole: "AUDITOR" },
  // There is no ticket yet whose NOT_FOUND could come first.
  "Mutation.submitReview": { role: "AGENT" },
  "Mutation.resubmitReview": AUTHENTICATED,
  "Mutation.withdrawReview": AUTHENTICATED,
  "Mutation.claimTicket": AUTHENTICATED,
  "Mutation.releaseTicket": AUTHENTICATED,
  "Mutation.snoozeTicket": AUTHENTICATED,
  "Mutation.unsnoozeTicket": AUTHENTICATED,
  "Mutation.assignTicket": AUTHENTICATED,
  "Mutation.commentOnTicket": AUTHENTICATED,
  "Mutation.decideTicket": AUTHENTICATED,
  "Mutation.retractReview": AUTHENTICATED,
  "Mutation.inviteMember": ADMINS,
  "Mutation.changeMember": ADMINS,
  "Mutation.removeMember": ADMINS,
  "Mutation.createQueue": ADMINS,
  "Mutation.changeQueue": ADMINS,
  "Mutation.createEndpoint": ADMINS,
  "Mutation.changeEndpoint": ADMINS,
  "Mutation.removeEndpoint": ADMINS,
  "Mutation.rotateEndpointSecret": ADMINS,
  "Mutation.testEndpoint": ADMINS,
  "Mutation.replayDeadLetters": ADMINS,
  "Mutation.rotateCallbackSecret": { role: "AGENT" },
  "Mutation.setQueueNotice": ADMINS,
  "Mutation.setNotificationPreference": MAILED,
  "Mutation.setNotificationHours": MAILED,
  "Mutation.verifyAudit": { role: "AUDITOR", orRole: "ADMIN" },
  // Whose key it is decides: see src/identity/key-issuer.ts.
  "Mutation.createApiKey": AUTHENTICATED,
  "Mutation.rotateApiKey": AUTHENTICATED,
  "Mutation.revokeApiKey": AUTHENTICATED,
  "Subscription.ticketDecided": AUTHENTICATED,
  "Subscription.ticketChanged": AUTHENTICATED,
  // Whose desk the ticket is on decides: see `requireDesk`.
  "Subscription.ticketViewers": AUTHENTICATED,
};

type RootResolver = GraphQLFieldResolver<unknown, RequestContext>;

/**
 * Puts the table in front of every root field of the schema, in place.
 * @throws Error where a root field is missing from the table, or the table names one that is missing from the schema:
 *   a field whose access nobody has thought about must not be served
 */
export function guardRootFields(
  schema: GraphQLSchema,
  table: Readonly<Record<string, Access>> = ACCESS,
): void {
  const unused = new Set(Object.keys(table));
  const roots = [schema.getQueryType(), schema.getMutationType()];
  for (const root of roots) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const access = take(table, unused, `${root?.name}.${field.name}`);
      field.resolve = guarded(`${root?.name}.${field.name}`, access, field.resolve ?? defaultFieldResolver);
    }
  }
  const subscription = schema.getSubscriptionType();
  for (const field of Object.values(subscription?.getFields() ?? {})) {
    const access = take(table, unused, `${subscription?.name}.${field.name}`);
    field.subscribe = guarded(`${subscription?.name}.${field.name}`, access, subscribeOf(field));
  }
  if (unused.size > 0)
    throw new Error(`the access table names fields that do not exist: ${[...unused].join(", ")}`);
}

function take(table: Readonly<Record<string, Access>>, unused: Set<string>, name: string): Access {
  const access = table[name];
  if (access === undefined)
    throw new Error(`${name} is missing from the access table (src/graphql/access.ts)`);
  unused.delete(name);
  return access;
}

function subscribeOf(field: GraphQLField<unknown, RequestContext>): RootResolver {
  if (field.subscribe === undefined)
    throw new Error(`Subscription.${field.name} has nothing to subscribe to`);
  return field.subscribe;
}

function guarded(operation: string, { role, orRole }: Access, resolve: RootResolver): RootResolver {
  return (root, args, context, info) => {
    const actor = actorOf(context);
    const refused = (error: unknown): never => {
      noteDenial(context, actor, operation, error);
      throw error;
    };
    try {
      if (role !== undefined && !(orRole !== undefined && hasRole(actor, orRole))) requireRole(actor, role);
      const result: unknown = resolve(root, args, context, info);
      return result instanceof Promise ? result.catch(refused) : result;
    } catch (error) {
      return refused(error);
    }
  };
}

/**
 * What somebody was kept out of goes on record; whatever else went wrong does not.
 * @param operation a field of the schema or a route, never anything that the caller chose
 */
export function noteDenial(
  { services }: RequestContext,
  actor: Actor,
  operation: string,
  error: unknown,
): void {
  if (!(error instanceof DomainError) || !DENIALS.has(error.code)) return;
  const { ticketId } = error.details;
  const { code } = error;
  services.denials.note(actor, {
    code,
    operation,
    ...(typeof ticketId === "string" ? { ticketId } : {}),
  });
}
