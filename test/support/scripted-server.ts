import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buildSchema, type FormattedExecutionResult, type GraphQLSchema, graphql } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { type Json, PRINCIPALS, ScriptedTickets } from "./scripted-tickets.js";

const schema: GraphQLSchema = buildSchema(
  readFileSync(new URL("../contract.graphql", import.meta.url), "utf8"),
);

/** What happens to one HTTP request. Requests beyond the script are served as they should be. */
export type HttpFault =
  /** Answers in the server's place. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** A GraphQL error, without carrying anything out. */
  | { code: string; extensions?: Json }
  /** The connection breaks before anything was carried out, or after everything was. */
  | { breaks: "before" | "after" }
  /** Carried out, but never answered. */
  | { hangs: true };

export interface SeenRequest {
  readonly operationName: string;
  readonly variables: { input?: Json } & Json;
  readonly authorization: string | undefined;
  readonly over: "http" | "webSocket";
}

/** A small server that speaks the contract over real sockets, restarts on the same port, and fails as it is told to. */
export class ScriptedServer extends ScriptedTickets {
  /** Every operation that arrived, in order. */
  readonly seen: SeenRequest[] = [];
  /** Consumed from the front, one per HTTP request. */
  readonly httpFaults: HttpFault[] = [];
  /** Changes what is pushed, past all checks of the schema. */
  garble: (result: unknown) => unknown = (result) => result;
  /** Closes every new WebSocket with this code instead of acknowledging it. */
  refuseSocketsWith: number | undefined;
  /** Leaves WebSocket handshakes unanswered. */
  ignoresHandshakes = false;
  /** WebSockets that were ever opened. */
  socketsOpened = 0;
  keys = new Set(Object.keys(PRINCIPALS));

  #port = 0;
  #http: Server | undefined;
  #sockets = new Set<Socket>();
  #webSockets = new Set<WebSocket>();

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get openSockets(): number {
    return this.#webSockets.size;
  }

  /** Starts, or starts again on the same port with everything that was there before. */
  async start(): Promise<void> {
    const http = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    const webSockets = new WebSocketServer({ noServer: true });
    http.on("upgrade", (request, socket: Socket, head) => {
      if (this.ignoresHandshakes) return;
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.socketsOpened++;
        this.#webSockets.add(webSocket);
        webSocket.on("close", () => this.#webSockets.delete(webSocket));
        webSockets.emit("connection", webSocket, request);
      });
    });
    http.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    // biome-ignore lint/correctness/useHookAtTopLevel: graphql-ws's function, no React hook
    useServer(
      {
        schema,
        roots: { subscription: { ticketDecided: (args: Json) => this.subscribeTo(args) } },
        onConnect: (context) => this.#admit(context.connectionParams ?? {}, context.extra.socket),
        onNext: (_context, _id, _payload, _args, result) => this.garble(result) as FormattedExecutionResult,
        onSubscribe: (_context, _id, payload) => {
          const variables = (payload.variables ?? {}) as Json;
          const operationName = payload.operationName ?? "";
          this.seen.push({ operationName, variables, authorization: undefined, over: "webSocket" });
        },
      },
      webSockets,
    );
    http.listen(this.#port, "127.0.0.1");
    await once(http, "listening");
    this.#http = http;
    this.#port = (http.address() as AddressInfo).port;
  }

  /** Goes as a server does that is shut down: says so on every WebSocket. */
  async stop(): Promise<void> {
    const goodbyes = [...this.#webSockets].map((webSocket) => once(webSocket, "close"));
    for (const webSocket of this.#webSockets) webSocket.close(1001, "Going away");
    await Promise.all(goodbyes);
    await this.kill();
  }

  /** Goes as a server does that is killed: every connection breaks. */
  async kill(): Promise<void> {
    const http = this.#http;
    this.#http = undefined;
    if (http === undefined) return;
    this.cutWebSockets();
    const closed = once(http, "close");
    http.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Breaks every WebSocket, without a word. */
  cutWebSockets(): void {
    for (const webSocket of this.#webSockets) webSocket.terminate();
  }

  closeWebSockets(code: number): void {
    for (const webSocket of this.#webSockets) webSocket.close(code);
  }

  /** The connections stay open, but nothing gets through any more: as after a cable was pulled. */
  freezeSockets(): void {
    for (const socket of this.#sockets) {
      socket.pause();
      socket.write = () => true;
    }
  }

  requests(operationName: string): SeenRequest[] {
    return this.seen.filter((request) => request.operationName === operationName);
  }

  #admit(params: Json, socket: WebSocket): boolean {
    const authorization = params.Authorization;
    const known = typeof authorization === "string" && this.keys.has(authorization.replace("Bearer ", ""));
    const code = this.refuseSocketsWith ?? (known ? undefined : 4403);
    if (code !== undefined) socket.close(code, "Forbidden");
    return code === undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const { query, operationName, variables } = JSON.parse(text) as {
      query: string;
      operationName: string;
      variables: Json;
    };
    const authorization = request.headers.authorization;
    this.seen.push({ operationName, variables, authorization, over: "http" });
    const fault = this.httpFaults.shift();
    if (fault !== undefined && "status" in fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "<html>a proxy</html>");
      return;
    }
    if (fault !== undefined && "code" in fault) {
      const extensions = { code: fault.code, requestId: "request-1", ...fault.extensions };
      answer(response, 200, { errors: [{ message: `scripted ${fault.code}`, extensions }] });
      return;
    }
    if (fault !== undefined && "breaks" in fault && fault.breaks === "before") {
      request.socket.destroy();
      return;
    }
    const key = (authorization ?? "").replace("Bearer ", "");
    const viewer = this.keys.has(key) ? PRINCIPALS[key] : undefined;
    const result = await graphql({
      schema,
      source: query,
      variableValues: variables,
      operationName,
      rootValue: this.roots(viewer),
    });
    if (fault !== undefined && "hangs" in fault) return;
    if (fault !== undefined) {
      request.socket.destroy();
      return;
    }
    answer(response, viewer === undefined ? 401 : 200, result);
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
