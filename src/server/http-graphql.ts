import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { DomainError } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import { MAX_TOKENS, VALIDATION_RULES } from "../graphql/operation.js";
import type { RequestContext } from "../graphql/request-context.js";
import type { GraphqlFrontDoor } from "./graphql-front-door.js";

/** What the HTTP side is made of. */
export interface HttpGraphqlOptions {
  readonly schema: GraphQLSchema;
  readonly frontDoor: GraphqlFrontDoor;
  readonly path: string;
}

/** Serves queries and mutations over HTTP with Apollo Server; resolves with what stops it. */
export async function registerHttpGraphql(
  app: FastifyInstance,
  { schema, frontDoor, path }: HttpGraphqlOptions,
): Promise<() => Promise<void>> {
  // Apollo formats errors without saying of which request; those that a request met are noted here first.
  const requestIds = new WeakMap<Error, string>();
  const noteRequest: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) requestIds.set(error, contextValue.requestId);
      },
    }),
  };
  const apollo = new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    stopOnTerminationSignals: false,
    allowBatchedHttpRequests: false,
    // The other transports have none, and a hash that a stranger registered says nothing about its document.
    persistedQueries: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [...VALIDATION_RULES],
    plugins: [ApolloServerPluginLandingPageDisabled(), noteRequest],
    formatError: (formatted, error) => {
      const met =
        error instanceof GraphQLError
          ? error
          : new GraphQLError(formatted.message, { extensions: formatted.extensions ?? {} });
      const requestId = error instanceof Error ? requestIds.get(error) : undefined;
      return frontDoor.present(met, requestId ?? UNKNOWN_REQUEST);
    },
  });
  await apollo.start();
  const serve = fastifyApolloHandler(apollo, {
    context: async (request) => {
      try {
        return frontDoor.context(await frontDoor.authenticate(request.headers.authorization), request.id);
      } catch (error) {
        throw withStatus(error, request.id, requestIds);
      }
    },
  });
  app.route({
    method: ["GET", "POST"],
    url: path,
    handler: serve,
    // Apollo refuses some requests before it knows whose they are.
    onSend: async (request, reply, body) =>
      reply.statusCode >= 400 && typeof body === "string" ? body.replace(UNKNOWN_REQUEST, request.id) : body,
  });
  return () => apollo.stop();
}

const UNKNOWN_REQUEST = "00000000-0000-0000-0000-000000000000";

/** A refusal before the operation runs is the whole answer, so it decides the HTTP status. */
function withStatus(error: unknown, requestId: string, requestIds: WeakMap<Error, string>): unknown {
  if (!(error instanceof DomainError)) return error;
  const status = ERROR_TABLE[error.code].httpStatus;
  const shown = new GraphQLError(error.message, {
    originalError: error,
    extensions: { code: error.code, http: { status } },
  });
  requestIds.set(shown, requestId);
  return shown;
}
