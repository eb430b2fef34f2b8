import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DomainError } from "../../domain/domain-error.js";
import { noteDenial } from "../../graphql/access.js";
import { actorOf, type RequestContext } from "../../graphql/request-context.js";
import type { Credential } from "../../identity/credential.js";
import type { GraphqlFrontDoor, RequestFacts } from "../graphql-front-door.js";
import { rateHeaders } from "../rate-limits.js";

/** How requests of the REST facade come in. */
export interface RestEntryOptions {
  readonly frontDoor: GraphqlFrontDoor;
  readonly factsOf: (request: FastifyRequest) => RequestFacts;
}

/** A request that has come through the front door, and what it runs with. */
export interface Entered {
  readonly context: RequestContext;
  readonly credential: Credential;
  readonly address: string;
}

/** Gives a request what it runs with, once it is paid for. */
export type Enter = (request: FastifyRequest, reply: FastifyReply, points: number) => Promise<Entered>;

/**
 * Puts the front door before the routes that are declared afterwards: nobody's body is read before it is known who sends it,
 * answers are charged for their size, and denials go on record under the route's name.
 */
export function guardRoutes(app: FastifyInstance, { frontDoor, factsOf }: RestEntryOptions): Enter {
  const credentials = new WeakMap<FastifyRequest, Credential>();
  const contexts = new WeakMap<FastifyRequest, RequestContext>();

  app.addHook("onRequest", async (request) => {
    const facts = factsOf(request);
    const credential = await frontDoor.authenticate(facts, facts.headers.authorization);
    if (credential === undefined) {
      throw new DomainError(
        "UNAUTHENTICATED",
        "This needs a credential: send `Authorization: Bearer <API key or token>`.",
      );
    }
    credentials.set(request, credential);
  });
  app.addHook("onSend", async (request, _reply, body) => {
    const credential = credentials.get(request);
    if (credential === undefined || typeof body !== "string") return;
    frontDoor.answered({ credential, address: factsOf(request).address }, body.length);
  });
  app.setErrorHandler((error, request) => {
    const context = contexts.get(request);
    const { method, routeOptions } = request;
    if (context !== undefined) noteDenial(context, actorOf(context), `${method} ${routeOptions.url}`, error);
    // How it is answered is the same for every path of the facade.
    throw error;
  });

  return async (request, reply, points) => {
    const credential = credentials.get(request);
    if (credential === undefined) throw new Error("this request has not come through the front door");
    const { address } = factsOf(request);
    const { context, rate, refused } = await frontDoor.admit({ id: request.id, credential, address }, points);
    contexts.set(request, context);
    if (rate !== undefined) reply.headers(rateHeaders(rate));
    if (refused !== undefined) throw refused;
    return { context, credential, address };
  };
}
