import type { ExecutionArgs, GraphQLError, GraphQLFormattedError, GraphQLSchema } from "graphql";
import { DomainError } from "../domain/domain-error.js";
import { presentError } from "../graphql/errors.js";
import { prepareOperation } from "../graphql/operation.js";
import { createLoaders, type GraphqlServices, type RequestContext } from "../graphql/request-context.js";
import type { Authenticator } from "../identity/authenticator.js";
import type { Credential } from "../identity/credential.js";
import type { Log } from "./log.js";

/** A request's operation as it came over any transport. */
export interface OperationPayload {
  readonly query: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

/**
 * The one way into the API, whatever the transport: who is it, is the operation acceptable, what does it run with, and
 * how are errors shown.
 */
export interface GraphqlFrontDoor {
  /**
   * The credential in an Authorization header or its equivalent; undefined where there is none.
   * @throws DomainError UNAUTHENTICATED where there is one that does not hold
   */
  authenticate(authorization: string | undefined): Promise<Credential | undefined>;
  /** What the resolvers of one operation run with. */
  context(credential: Credential | undefined, requestId: string): RequestContext;
  /** An operation ready to run, or why it is not. */
  prepare(
    payload: OperationPayload,
    credential: Credential | undefined,
    requestId: string,
  ): ExecutionArgs | readonly GraphQLError[];
  /** The error as the client sees it. */
  present(error: GraphQLError, requestId: string): GraphQLFormattedError;
}

/** What the front door is made of. */
export interface FrontDoorOptions {
  readonly schema: GraphQLSchema;
  readonly authenticator: Authenticator;
  readonly services: GraphqlServices;
  readonly log: Log;
}

export function createFrontDoor({
  schema,
  authenticator,
  services,
  log,
}: FrontDoorOptions): GraphqlFrontDoor {
  const context = (credential: Credential | undefined, requestId: string): RequestContext => {
    const actor = credential?.actor ?? null;
    return {
      requestId,
      actor,
      credential: credential ?? null,
      services,
      loaders: createLoaders(services.read, actor),
    };
  };
  return {
    authenticate: async (authorization) => {
      if (authorization === undefined) return undefined;
      const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
      if (bearer === undefined) {
        throw new DomainError("UNAUTHENTICATED", "Expected `Authorization: Bearer <api key or token>`.");
      }
      return authenticator.authenticate(bearer);
    },
    context,
    prepare: (payload, credential, requestId) => {
      const prepared = prepareOperation(schema, payload);
      if (!("document" in prepared)) return prepared;
      return { schema, ...prepared, contextValue: context(credential, requestId) };
    },
    present: (error, requestId) => presentError(error, requestId, log),
  };
}
