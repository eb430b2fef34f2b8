import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { GraphQLSchema } from "graphql";
import { type AuthRoutesOptions, authRoutes } from "../../identity/auth-routes.js";
import type { Push } from "../../ledger/push.js";
import type { GraphqlFrontDoor, RequestFacts } from "../graphql-front-door.js";
import type { OpenStreams } from "../open-streams.js";
import type { StreamPlaces } from "../stream-places.js";
import { registerCallbackRoutes } from "./callback-routes.js";
import { checkInput } from "./check-input.js";
import { registerDeskRoutes } from "./desk-routes.js";
import { takeEmptyBodies } from "./empty-bodies.js";
import { registerListRoutes } from "./list-routes.js";
import { registerLogRoutes } from "./log-routes.js";
import { LongPolls } from "./long-polls.js";
import { type OpenApiOptions, registerOpenApi } from "./openapi.js";
import { answerOtherMethods } from "./other-methods.js";
import { pricesOf } from "./prices.js";
import { guardRoutes } from "./rest-entry.js";
import { registerTicketRoutes } from "./ticket-routes.js";
import { TOKEN_ROUTE } from "./token-route.js";

/** What the REST facade is made of. */
export interface RestOptions extends OpenApiOptions {
  readonly schema: GraphQLSchema;
  readonly frontDoor: GraphqlFrontDoor;
  readonly factsOf: (request: FastifyRequest) => RequestFacts;
  readonly streams: OpenStreams;
  readonly places: StreamPlaces;
  readonly push: Push;
  readonly auth: Omit<AuthRoutesOptions, "tokenRoute">;
}

/**
 * Serves the REST facade: a thin adapter over the commands and readings of the GraphQL API, for any language with an HTTP client.
 * Resolves with what has every waiting request answered as its ticket stands.
 */
export async function registerRest(app: FastifyInstance, options: RestOptions): Promise<() => void> {
  const { schema, frontDoor, factsOf, streams, places, push, auth } = options;
  const { authenticator } = auth;
  const longPolls = new LongPolls({
    push,
    streams,
    places,
    stillValid: (credentials) => authenticator.stillValid(credentials),
  });
  const prices = pricesOf(schema);
  const routes: FastifyPluginAsync = async (scope) => {
    scope.setValidatorCompiler(checkInput);
    scope.setSerializerCompiler(serializerCompiler);
    const parts = { enter: guardRoutes(scope, { frontDoor, factsOf }), prices, longPolls };
    const declaring = scope.withTypeProvider<ZodTypeProvider>();
    registerTicketRoutes(declaring, parts);
    registerDeskRoutes(declaring, parts);
    registerListRoutes(declaring, parts);
    registerLogRoutes(declaring, parts);
    registerCallbackRoutes(declaring, parts);
  };
  const facade: FastifyPluginAsync = async (scope) => {
    takeEmptyBodies(scope);
    const answerOthers = answerOtherMethods(scope, (request) => factsOf(request).origin);
    await registerOpenApi(scope, options);
    await scope.register(authRoutes, { ...auth, tokenRoute: TOKEN_ROUTE });
    await scope.register(routes);
    answerOthers();
  };
  await app.register(facade);
  return () => longPolls.close();
}
