import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { DomainError } from "../domain/domain-error.js";
import { GUARD_LIMITS } from "../graphql/guard-limits.js";
import type { OperationPayload } from "../graphql/operation.js";
import type { RequestContext } from "../graphql/request-context.js";
import type { GraphqlFrontDoor, RefusedOperation, RequestFacts } from "./graphql-front-door.js";
import { acceptedMediaType, graphqlRequest, type MediaType, needsNoPreflight } from "./graphql-request.js";
import { HttpProblem, httpStatusOf, problemOf } from "./http-problem.js";
import { rateHeaders } from "./rate-limits.js";

/** What the HTTP side is made of. */
export interface HttpGraphqlOptions {
  readonly schema: GraphQLSchema;
  readonly frontDoor: GraphqlFrontDoor;
  readonly path: string;
  readonly factsOf: (request: FastifyRequest) => RequestFacts;
}

/**
 * Serves queries and mutations over HTTP. The front door decides first; what it lets through, and nothing else, is
 * executed by Apollo Server. Resolves with what stops it.
 */
export async function registerHttpGraphql(
  app: FastifyInstance,
  { schema, frontDoor, path, factsOf }: HttpGraphqlOptions,
): Promise<() => Promise<void>> {
  const contexts = new WeakMap<FastifyRequest, RequestContext>();
  const apollo = createApollo(schema, frontDoor);
  await apollo.start();
  const execute = fastifyApolloHandler(apollo, {
    context: async (request) => {
      const context = contexts.get(request);
      if (context === undefined) throw new Error("this request has not come through the front door");
      return context;
    },
  });

  app.route({
    method: ["GET", "POST"],
    url: path,
    exposeHeadRoute: false,
    preHandler: async (request, reply) => {
      const mediaType = acceptedMediaType(request.headers.accept);
      if (mediaType === undefined) {
        throw new HttpProblem(
          406,
          "This is answered in application/graphql-response+json or application/json.",
        );
      }
      if (needsNoPreflight(request)) {
        throw new HttpProblem(
          400,
          "A GET needs the header `apollo-require-preflight`, so that no page of another origin can send it (CSRF).",
        );
      }
      const payload = graphqlRequest(request);
      const facts = factsOf(request);
      const credential = await frontDoor.authenticate(facts, facts.headers.authorization);
      const prepared = await frontDoor.prepare(payload, {
        id: request.id,
        transport: request.method === "GET" ? "GET" : "POST",
        credential,
        address: facts.address,
      });
      if (prepared.rate !== undefined) reply.headers(rateHeaders(prepared.rate));
      if ("errors" in prepared && isRateLimited(prepared)) throw prepared.errors[0]?.originalError;
      if ("errors" in prepared) return sendRefusal(frontDoor, request, reply, prepared, mediaType);
      contexts.set(request, prepared.args.contextValue);
      restate(request, payload, path);
      return undefined;
    },
    handler: execute,
    onSend: async (request, _reply, body) => {
      const context = contexts.get(request);
      if (context === undefined || typeof body !== "string") return;
      const { credential } = context;
      frontDoor.answered(
        { credential: credential ?? undefined, address: factsOf(request).address },
        body.length,
      );
    },
  });
  app.route({
    method: ["PUT", "PATCH", "DELETE", "HEAD"],
    url: path,
    handler: async () => {
      throw new HttpProblem(405, "Send operations by POST, or queries by GET.", { allow: "GET, POST" });
    },
  });
  return () => apollo.stop();
}

/**
 * Makes the request say what was decided on, and nothing else: two parsers that read one text in two ways (a `#` in a URL,
 * a field given twice) would let through the one what the other has not seen.
 */
function restate(request: FastifyRequest, payload: OperationPayload, path: string): void {
  if (request.method === "POST") {
    request.body = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
    return;
  }
  const { query, operationName, variables } = payload;
  const asked = new URLSearchParams({ query: String(query) });
  if (typeof operationName === "string") asked.set("operationName", operationName);
  if (variables !== undefined) asked.set("variables", JSON.stringify(variables));
  request.raw.url = `${path}?${asked}`;
}

function createApollo(schema: GraphQLSchema, frontDoor: GraphqlFrontDoor): ApolloServer<RequestContext> {
  // Apollo formats errors without saying of which request; those that a request met are noted here first.
  const requestIds = new WeakMap<Error, string>();
  const plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) requestIds.set(error, contextValue.requestId);
      },
      willSendResponse: async ({ request, response }) => {
        // A result without data has not been executed: its variables could not be coerced.
        const { body, http } = response;
        if (body.kind !== "single" || "data" in body.singleResult) return;
        const mediaType = acceptedMediaType(request.http?.headers.get("accept"));
        http.status = mediaType === "application/json" ? 200 : 400;
      },
    }),
  };
  return new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    stopOnTerminationSignals: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    // The other transports have none, and a hash that a stranger registered says nothing about its document.
    persistedQueries: false,
    parseOptions: { maxTokens: GUARD_LIMITS.tokens },
    // The front door has validated the document, before Apollo saw it.
    dangerouslyDisableValidation: true,
    plugins: [ApolloServerPluginLandingPageDisabled(), plugin],
    formatError: (formatted, error) => {
      const met =
        error instanceof GraphQLError
          ? error
          : new GraphQLError(formatted.message, { extensions: formatted.extensions ?? {} });
      const requestId = error instanceof Error ? requestIds.get(error) : undefined;
      return frontDoor.present(met, requestId ?? "");
    },
  });
}

function isRateLimited({ errors: [error] }: RefusedOperation): boolean {
  return error?.originalError instanceof DomainError && error.originalError.code === "RATE_LIMITED";
}

/** Codes of what is wrong with the document of a request that is otherwise well-formed. */
const DOCUMENT_CODES: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_USER_INPUT",
  "QUERY_TOO_COMPLEX",
]);

/**
 * A refusal is the whole answer, so it decides the status. For who asks for `application/json`, what is wrong in the
 * document is a result like any other (200), as the GraphQL over HTTP specification has it (6.4.1).
 */
function sendRefusal(
  frontDoor: GraphqlFrontDoor,
  request: FastifyRequest,
  reply: FastifyReply,
  { errors }: RefusedOperation,
  mediaType: MediaType,
): FastifyReply {
  const shown = errors.map((error) => frontDoor.present(error, request.id));
  const problem = problemOf(errors[0]?.originalError);
  if (problem !== undefined) reply.headers(problem.headers);
  const ofDocument = shown.every(({ extensions }) => DOCUMENT_CODES.has(extensions?.code));
  const status = ofDocument && mediaType === "application/json" ? 200 : httpStatusOf(errors[0]);
  if (status === 405) reply.header("allow", "POST");
  return reply
    .code(status)
    .header("cache-control", "no-store")
    .type(`${mediaType}; charset=utf-8`)
    .send(JSON.stringify({ errors: shown }));
}
