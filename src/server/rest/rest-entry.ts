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

/** Gives a request what it runs with, once all of its price is paid. */
export type Enter = (request: FastifyRequest, reply: FastifyReply, points: number) => Promise<Entered>;

/**
 * Puts the front door before the routes that are declared afterwards: nobody's body is read before it is known who sends it
 * and that they have a point left, answers are charged for their size, and denials go on record under the route's name.
 */
export function guardRoutes(app: FastifyInstance, { frontDoor, factsOf }: RestEntryOptions): Enter {
  const entered = new WeakMap<FastifyRequest, Entered>();

  /** @throws DomainError RATE_LIMITED */
  async function pay(
    request: FastifyRequest,
    reply: FastifyReply,
    { credential, address }: Pick<Entered, "credential" | "address">,
    points: number,
  ): Promise<RequestContext> {
    const requester = { id: request.id, credential, address };
    const { context, rate, refused } = await frontDoor.admit(requester, points);
    if (rate !== undefined) reply.headers(rateHeaders(rate));
    if (refused !== undefined) throw refused;
    return context;
  }

  app.addHook("onRequest", async (request, reply) => {
    const facts = factsOf(request);
    const credential = await frontDoor.authenticate(facts, facts.headers.authorization);
    if (credential === undefined) {
      throw new DomainError(
        "UNAUTHENTICATED",
        "This needs a credential: send `Authorization: Bearer <API key or token>`.",
      );
    }
    const who = { credential, address: facts.address };
    entered.set(request, { ...who, context: await pay(request, reply, who, 1) });
  });
  app.addHook("onSend", async (request, _reply, body) => {
    const who = entered.get(request);
    if (who !== undefined && typeof body === "string") frontDoor.answered(who, body.length);
  });
  app.setErrorHandler((error, request) => {
    const context = entered.get(request)?.context;
    const { method, routeOptions } = request;
    if (context !== undefined) noteDenial(context, actorOf(context), `${method} ${routeOptions.url}`, error);
    // How it is answered is the same for every path of the facade.
    throw error;
  });

  return async (request, reply, points) => {
    const found = entered.get(request);
    if (found === undefined) throw new Error("this request has not come through the front door");
    if (points > 1) await pay(request, reply, found, points - 1);
    return found;
  };
}
