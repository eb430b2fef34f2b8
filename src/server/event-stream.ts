import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import { createHandler } from "graphql-sse/lib/use/fastify";
import { DomainError } from "../domain/domain-error.js";
import { nestsDeeper } from "../graphql/document-shape.js";
import { GUARD_LIMITS } from "../graphql/guard-limits.js";
import type { OperationPayload } from "../graphql/operation.js";
import type { Credential } from "../identity/credential.js";
import type {
  GraphqlFrontDoor,
  ReadyOperation,
  RefusedOperation,
  RequestFacts,
} from "./graphql-front-door.js";
import { graphqlRequest } from "./graphql-request.js";
import { HttpProblem, httpStatusOf, INTERNAL_PROBLEM, problemBody } from "./http-problem.js";
import type { OpenStream, OpenStreams } from "./open-streams.js";
import { rateHeaders } from "./rate-limits.js";
import type { StreamPlaces } from "./stream-places.js";

/** What the event-stream side is made of. */
export interface EventStreamOptions {
  readonly schema: GraphQLSchema;
  readonly frontDoor: GraphqlFrontDoor;
  readonly streams: OpenStreams;
  readonly places: StreamPlaces;
  readonly path: string;
  readonly factsOf: (request: FastifyRequest) => RequestFacts;
}

/** A request that has come through the front door. */
interface Admitted {
  readonly credential: Credential | undefined;
  readonly prepared: ReadyOperation | RefusedOperation;
}

const EVENT_STREAM = "text/event-stream";

/**
 * Serves operations over server-sent events (GraphQL over SSE, distinct connections mode), for those behind proxies
 * that let no WebSocket through. Resolves with what ends every stream.
 */
export function registerEventStream(app: FastifyInstance, options: EventStreamOptions): () => void {
  const { frontDoor, streams } = options;
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  const open = new Set<ReplyStream>();
  const refusals = new WeakSet<object>();

  const handle = createHandler({
    schema: options.schema,
    // The front door has validated the document, under more rules than the default ones.
    validate: () => [],
    authenticate: () => null,
    onSubscribe: ({ raw, context: { reply } }) => {
      const { credential, prepared } = admitted.get(raw) ?? nobody();
      if ("errors" in prepared) {
        // The library takes it for a result only with a data member, which is taken off again below.
        const refused: ExecutionResult = { data: null, errors: prepared.errors };
        refusals.add(refused);
        return refused;
      }
      const stream = new ReplyStream(reply, credential);
      const { socket } = reply.raw;
      const before = socket?.bytesWritten ?? 0;
      open.add(stream);
      streams.add(stream);
      reply.raw.once("close", () => {
        const { address } = options.factsOf(reply.request);
        frontDoor.answered({ credential, address }, (socket?.bytesWritten ?? before) - before);
        open.delete(stream);
        streams.remove(stream);
      });
      return prepared.args as never;
    },
    onNext: async (_context, { raw, context: { reply } }, result) => {
      // Holds the subscriber back until the peer has taken what was written: nothing is queued for a slow one.
      await drained(reply);
      if (result.errors === undefined) return undefined;
      const errors = result.errors.map((error) => frontDoor.present(error, raw.id));
      return (refusals.has(result) ? { errors } : { ...result, errors }) as unknown as ExecutionResult;
    },
  });

  app.route({
    method: ["GET", "POST"],
    url: options.path,
    exposeHeadRoute: false,
    preHandler: async (request, reply) => {
      admitted.set(request, await admit(options, request, reply));
    },
    handler: async (request, reply) => {
      // The library compares the whole header with this.
      request.headers.accept = EVENT_STREAM;
      reply.hijack();
      try {
        await handle(request, reply);
      } catch (error) {
        if (reply.raw.destroyed || isPeerGone(error)) {
          // Whoever leaves before the first word is written breaks the stream; nothing of ours has failed.
          request.log.info({ err: error }, "an event stream broke");
          reply.raw.destroy();
          return;
        }
        request.log.error({ err: error }, "an event stream failed");
        if (reply.raw.headersSent) reply.raw.destroy();
        else
          reply.raw
            .writeHead(500, { "content-type": "application/json; charset=utf-8" })
            .end(problemBody(INTERNAL_PROBLEM, request.id));
      }
    },
  });
  return () => {
    for (const stream of open) stream.end();
  };
}

/** @throws HttpProblem or DomainError where nothing is to be streamed */
async function admit(
  { frontDoor, places, factsOf }: EventStreamOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Admitted> {
  if (!accepts(request)) {
    throw new HttpProblem(406, `This is answered in events: send \`Accept: ${EVENT_STREAM}\`.`);
  }
  const payload = graphqlRequest(request);
  const facts = factsOf(request);
  // Taken first: whoever has too many has none of this looked at.
  const place = places.take(facts.address);
  reply.raw.once("close", () => place.leave());
  const credential = await frontDoor.authenticate(facts, facts.headers.authorization);
  if (credential !== undefined) place.authenticated(credential.actor.id);
  const prepared = await frontDoor.prepare(payload, {
    id: request.id,
    transport: request.method === "GET" ? "STREAM_BY_GET" : "STREAM",
    credential,
    address: facts.address,
    bytes: bytesOf(payload),
  });
  if (prepared.rate !== undefined) reply.headers(rateHeaders(prepared.rate));
  const refused = "errors" in prepared ? ownAnswer(prepared.errors[0]) : undefined;
  if (refused !== undefined) throw refused;
  return { credential, prepared };
}

function accepts({ headers }: FastifyRequest): boolean {
  const ranges = (headers.accept ?? "")
    .split(",")
    .map((range) => range.split(";", 1)[0]?.trim().toLowerCase());
  return ranges.includes(EVENT_STREAM);
}

/** Refusals that are an answer of their own; whatever else is wrong with an operation, its stream says. */
function ownAnswer(error: GraphQLError | undefined): Error | undefined {
  const cause = error?.originalError;
  if (cause instanceof DomainError) return cause.code === "RATE_LIMITED" ? cause : undefined;
  if (error?.extensions.code !== "BAD_REQUEST") return undefined;
  const status = httpStatusOf(error);
  return new HttpProblem(status, error.message, status === 405 ? { allow: "POST" } : {});
}

/** Of the payload, but for what will be refused anyway since nobody could even write it down. */
function bytesOf(payload: OperationPayload): number {
  if (nestsDeeper(payload.variables, GUARD_LIMITS.variablesDepth)) return 0;
  return Buffer.byteLength(JSON.stringify(payload));
}

function nobody(): never {
  throw new Error("this request has not come through the front door");
}

/** One event stream's side of {@link OpenStream}. The library sends its own signs of life. */
class ReplyStream implements OpenStream {
  #stalledSince: number | undefined;

  constructor(
    private readonly reply: FastifyReply,
    readonly credential: Credential | undefined,
  ) {}

  get stalledSince(): number | undefined {
    this.#stalledSince = this.reply.raw.writableLength === 0 ? undefined : (this.#stalledSince ?? Date.now());
    return this.#stalledSince;
  }

  get pendingBytes(): number {
    return this.reply.raw.writableLength;
  }

  ping(): boolean {
    return true;
  }

  end(): void {
    this.reply.raw.destroy();
  }
}

/** Resolves when what was written has been taken, or the peer is gone. */
function drained({ raw }: FastifyReply): Promise<void> {
  const { socket } = raw;
  if (raw.writableLength === 0 || raw.destroyed || socket === null) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      raw.off("close", done);
      resolve();
    };
    raw.once("close", done);
    // Called when everything before it is out. A 'drain' event would come only after a write that said it was too much.
    socket.write("", done);
  });
}

/** What a write comes to whose peer has left, a moment before the stream knows of it. */
function isPeerGone(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "EPIPE" || code === "ECONNRESET";
}
