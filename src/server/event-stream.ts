import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ExecutionResult, GraphQLSchema } from "graphql";
import { createHandler } from "graphql-sse/lib/use/fastify";
import { DomainError } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import type { Credential } from "../identity/credential.js";
import type { GraphqlFrontDoor } from "./graphql-front-door.js";
import type { OpenStream, OpenStreams } from "./open-streams.js";

/** What the event-stream side is made of. */
export interface EventStreamOptions {
  readonly schema: GraphQLSchema;
  readonly frontDoor: GraphqlFrontDoor;
  readonly streams: OpenStreams;
  readonly path: string;
}

/**
 * Serves operations over server-sent events (GraphQL over SSE, distinct connections mode), for those behind proxies
 * that let no WebSocket through. Resolves with what ends every stream.
 */
export function registerEventStream(app: FastifyInstance, options: EventStreamOptions): () => void {
  const { frontDoor, streams } = options;
  const credentials = new WeakMap<FastifyRequest, Credential>();
  const open = new Set<ReplyStream>();
  const refusals = new WeakSet<object>();

  const handle = createHandler({
    schema: options.schema,
    // The front door has validated the document, under more rules than the default ones.
    validate: () => [],
    authenticate: async ({ raw }) => {
      try {
        const credential = await frontDoor.authenticate(raw.headers.authorization);
        if (credential !== undefined) credentials.set(raw, credential);
        return null;
      } catch (error) {
        return refusal(error, raw.id);
      }
    },
    onSubscribe: ({ raw, context: { reply } }, params) => {
      const credential = credentials.get(raw);
      const prepared = frontDoor.prepare(params, credential, raw.id);
      if (!("document" in prepared)) {
        // The library takes it for a result only with a data member, which is taken off again below.
        const refused: ExecutionResult = { data: null, errors: prepared };
        refusals.add(refused);
        return refused;
      }
      const stream = new ReplyStream(reply, credential);
      open.add(stream);
      streams.add(stream);
      reply.raw.once("close", () => {
        open.delete(stream);
        streams.remove(stream);
      });
      return prepared as never;
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
    handler: async (request, reply) => {
      reply.hijack();
      try {
        await handle(request, reply);
      } catch (error) {
        request.log.error({ err: error }, "an event stream failed");
        if (reply.raw.headersSent) reply.raw.destroy();
        else
          reply.raw
            .writeHead(500, { "content-type": "application/json" })
            .end('{"errors":[{"message":"Internal error"}]}');
      }
    },
  });
  return () => {
    for (const stream of open) stream.end();
  };
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

function refusal(
  error: unknown,
  requestId: string,
): [string, { status: number; statusText: string; headers: Record<string, string> }] {
  if (!(error instanceof DomainError)) throw error;
  const body = { errors: [{ message: error.message, extensions: { code: error.code, requestId } }] };
  const status = ERROR_TABLE[error.code].httpStatus;
  return [
    JSON.stringify(body),
    { status, statusText: error.code, headers: { "content-type": "application/json" } },
  ];
}
