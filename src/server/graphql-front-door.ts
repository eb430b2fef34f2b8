import type { IncomingHttpHeaders } from "node:http";
import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  OperationTypeNode,
} from "graphql";
import { DomainError } from "../domain/domain-error.js";
import { presentError } from "../graphql/errors.js";
import { GUARD_LIMITS } from "../graphql/guard-limits.js";
import {
  type OperationPayload,
  type PreparedOperation,
  prepareOperation,
  tooComplex,
} from "../graphql/operation.js";
import { createLoaders, type GraphqlServices, type RequestContext } from "../graphql/request-context.js";
import type { Authenticator } from "../identity/authenticator.js";
import type { Credential } from "../identity/credential.js";
import type { Log } from "./log.js";
import type { OriginVerdict } from "./origins.js";
import { type RateLimits, type RateState, rateLimited } from "./rate-limits.js";
import { comesFromOwnPage } from "./same-origin.js";
import type { PrivateCookie } from "./session-cookie.js";
import type { Audience } from "./settings.js";

/** What a request, or the upgrade that a socket began with, says about who sends it. */
export interface RequestFacts {
  readonly headers: IncomingHttpHeaders;
  /** As limits count it. */
  readonly address: string;
  readonly origin: OriginVerdict;
}

/** How an operation came. */
export type Transport = "POST" | "GET" | "SOCKET" | "STREAM" | "STREAM_BY_GET";

/** Whose request it is. */
export interface Requester {
  readonly id: string;
  readonly credential: Credential | undefined;
  readonly address: string;
}

/** A request that may run, unless it is refused for what its sender has spent. */
export interface Admission {
  readonly context: RequestContext;
  readonly rate: RateState | undefined;
  readonly refused?: DomainError;
}

/** Of which request an operation is. */
export interface OperationRequest extends Requester {
  readonly transport: Transport;
  /** Of the whole request, where it is kept as long as a subscription runs. */
  readonly bytes?: number;
}

/** An operation that may run: what graphql executes. */
export interface ReadyOperation {
  readonly args: ExecutionArgs & { readonly contextValue: RequestContext };
  /** Where its sender stands; undefined where there is no limit. */
  readonly rate: RateState | undefined;
}

/** An operation that may not. */
export interface RefusedOperation {
  readonly errors: readonly GraphQLError[];
  readonly rate: RateState | undefined;
}

/**
 * The one way into the API, whatever the transport: who is it, is the operation acceptable, what does it run with, and
 * how are errors shown.
 */
export interface GraphqlFrontDoor {
  /**
   * The credential of a request; undefined where there is none.
   * @param authorization its Authorization header or what stands for it; sockets bring it after they were opened
   * @throws DomainError UNAUTHENTICATED where there is one that does not hold, RATE_LIMITED after too many of those
   */
  authenticate(facts: RequestFacts, authorization: string | undefined): Promise<Credential | undefined>;
  /**
   * What a request of another kind than an operation runs with, once it is paid for.
   * @param points what it takes, as for an operation
   */
  admit(request: Requester, points: number): Promise<Admission>;
  /** An operation ready to run, or why it is not. */
  prepare(payload: OperationPayload, request: OperationRequest): Promise<ReadyOperation | RefusedOperation>;
  /**
   * Charges for the size of an answer, once it is known: what a list of long texts costs to read and write shows in its
   * bytes, and not in the document. Refuses nothing; who has spent too much waits with the next operation.
   */
  answered(to: Pick<Requester, "credential" | "address">, bytes: number): void;
  /** The error as the client sees it. */
  present(error: GraphQLError, requestId: string): GraphQLFormattedError;
}

/** What the front door is made of. */
export interface FrontDoorOptions {
  readonly schema: GraphQLSchema;
  readonly authenticator: Authenticator;
  readonly services: GraphqlServices;
  readonly limits: RateLimits;
  /** What holds a browser's session. */
  readonly sessionCookie: PrivateCookie;
  /** Who may ask for the schema. */
  readonly introspection: Audience;
  readonly log: Log;
}

/** Bytes of an answer that a point buys; what is shorter is in the price of the operation. */
const ANSWER_BYTES = 16 * 1024;

export function createFrontDoor(options: FrontDoorOptions): GraphqlFrontDoor {
  const { schema, authenticator, services, limits, sessionCookie, log } = options;

  /** Takes points from whom they count for; the error where there are none left. */
  async function charge(
    { credential, address }: Requester,
    points: number,
  ): Promise<{ rate: RateState | undefined; refused?: DomainError }> {
    const principal = credential?.actor.id;
    if (principal === undefined) {
      const rate = await limits.address(address, points);
      return rate?.exceeded ? { rate, refused: rateLimited(rate, "requests from this address") } : { rate };
    }
    const rate = await limits.principal(principal, points);
    return rate?.exceeded ? { rate, refused: rateLimited(rate, "points spent") } : { rate };
  }

  function contextOf({ id, credential }: Requester): RequestContext {
    const actor = credential?.actor ?? null;
    return {
      requestId: id,
      actor,
      credential: credential ?? null,
      services,
      loaders: createLoaders(services.read, actor),
    };
  }

  /** Who the browser is signed in as. A page that may not use the API gets nothing for the cookie that goes along with it. */
  async function fromCookie(facts: RequestFacts): Promise<Credential | undefined> {
    const text = sessionCookie.read(facts.headers.cookie);
    if (text === undefined) return undefined;
    if (!comesFromOwnPage(facts.headers, facts.origin)) {
      throw new DomainError(
        "FORBIDDEN",
        "A session counts for requests of this server's own pages and of ALLOWED_ORIGINS. Programs send `Authorization: Bearer <API key or token>`.",
      );
    }
    return limits.proving(facts.address, text, () => authenticator.fromCookie(text));
  }

  return {
    authenticate: async (facts, authorization) => {
      const { address } = facts;
      if (authorization === undefined) return fromCookie(facts);
      return limits.proving(address, authorization, async () => {
        const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
        if (bearer === undefined) {
          throw new DomainError("UNAUTHENTICATED", "Expected `Authorization: Bearer <api key or token>`.");
        }
        return authenticator.authenticate(bearer);
      });
    },

    admit: async (request, points) => {
      if (request.credential !== undefined) authenticator.touch(request.credential);
      return { context: contextOf(request), ...(await charge(request, points)) };
    },

    prepare: async (payload, request) => {
      // A session is in use also where its operations come over a socket that was opened long ago.
      if (request.credential !== undefined) authenticator.touch(request.credential);
      // Before anything is read: who has nothing left must not have large documents read either. Strangers have been
      // charged for the request as such where it came in.
      const first = request.credential === undefined ? { rate: undefined } : await charge(request, 1);
      if (first.refused !== undefined) return { errors: [refusal(first.refused)], rate: first.rate };
      const prepared = prepareOperation(schema, payload);
      const rest = prepared.points > 1 ? await charge(request, prepared.points - 1) : first;
      const rate = rest.rate ?? first.rate;
      if ("errors" in prepared) return { errors: prepared.errors, rate };
      if (rest.refused !== undefined) return { errors: [refusal(rest.refused)], rate };
      const error =
        refusedByTransport(prepared, request) ?? refusedBySchemaPolicy(prepared, request, options);
      if (error !== undefined) return { errors: [error], rate };
      const { document, operationName, variableValues } = prepared;
      return {
        args: {
          schema,
          document,
          ...(operationName === undefined ? {} : { operationName }),
          ...(variableValues === undefined ? {} : { variableValues }),
          contextValue: contextOf(request),
          hideSuggestions: true,
        },
        rate,
      };
    },

    answered: ({ credential, address }, bytes) => {
      const points = Math.floor(bytes / ANSWER_BYTES);
      if (points === 0) return;
      if (credential === undefined) void limits.address(address, points);
      else void limits.principal(credential.actor.id, points);
    },

    present: (error, requestId) => presentError(error, requestId, log),
  };
}

/** What a transport cannot carry. */
function refusedByTransport(
  { operation: { operation } }: PreparedOperation,
  { transport, bytes = 0 }: OperationRequest,
): GraphQLError | undefined {
  if (operation === OperationTypeNode.SUBSCRIPTION && bytes > GUARD_LIMITS.subscriptionBytes)
    return tooComplex("subscriptionBytes");
  const overHttp = transport === "POST" || transport === "GET";
  if (overHttp && operation === OperationTypeNode.SUBSCRIPTION) {
    return badRequest(
      "Subscriptions need a connection that stays: use a WebSocket (graphql-transport-ws) on /graphql, or server-sent events on /graphql/stream.",
    );
  }
  if ((transport === "GET" || transport === "STREAM_BY_GET") && operation === OperationTypeNode.MUTATION) {
    return badRequest("A GET request changes nothing: send mutations by POST.", 405);
  }
  return undefined;
}

function refusedBySchemaPolicy(
  { extent }: PreparedOperation,
  { credential }: OperationRequest,
  { introspection }: FrontDoorOptions,
): GraphQLError | undefined {
  if (!extent.introspects || introspection === "on") return undefined;
  if (introspection === "off") {
    return refusal(
      new DomainError("FORBIDDEN", "This server does not answer questions about its schema (INTROSPECTION)."),
    );
  }
  if (credential !== undefined) return undefined;
  return refusal(
    new DomainError("UNAUTHENTICATED", "Questions about the schema need a credential here: sign in first."),
  );
}

function badRequest(message: string, status = 400): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status } } });
}

function refusal(error: DomainError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error });
}
