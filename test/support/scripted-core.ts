import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What happens to one request, in the order of the script. Requests beyond it are served as they should be. */
export type CoreFault =
  /** Answers in the Core's place. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Is never answered. */
  | { readonly hangs: true }
  /** The head of an answer, and a body that has no end. */
  | { readonly endless: true }
  /** The head of an answer, a few bytes, and then nothing. */
  | { readonly stalls: true }
  /** The connection breaks. */
  | { readonly breaks: true };

/** What the Core knows of a key. */
export interface KnownKey {
  readonly name?: unknown;
  readonly expiresIn?: unknown;
}

export interface LoggedEvent {
  readonly service: string;
  readonly level: string;
  readonly message: string;
}

/** A small HMS-SYS Core over real sockets: it knows keys, gives tokens, keeps what is logged, and fails as it is told to. */
export class ScriptedCore {
  readonly keys = new Map<string, KnownKey>();
  /** Keys that were presented, in order. */
  readonly presented: string[] = [];
  readonly logged: LoggedEvent[] = [];
  /** Where anything was POSTed that the Core does not serve. */
  readonly strayed: string[] = [];
  readonly faults: { auth: CoreFault[]; events: CoreFault[] } = { auth: [], events: [] };
  /** Tokens that hold, with the key that each was given for. */
  readonly tokens = new Map<string, string>();
  /** Requests for tokens that wait until {@link release}. */
  held: (() => void)[] | undefined;

  #port = 0;
  #http: Server | undefined;
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<ScriptedCore> {
    const core = new ScriptedCore();
    await core.start();
    return core;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again on the same port. */
  async start(): Promise<void> {
    const http = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    http.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    http.listen(this.#port, "127.0.0.1");
    await once(http, "listening");
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
  }

  /** Every connection breaks, and nobody listens any more. */
  async stop(): Promise<void> {
    const http = this.#http;
    this.#http = undefined;
    if (http === undefined) return;
    const closed = once(http, "close");
    http.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Answers those that were held. */
  release(): void {
    for (const go of this.held ?? []) go();
    this.held = undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const path = `${request.method} ${request.url}`;
    if (path !== "POST /auth/token" && path !== "POST /events") {
      this.strayed.push(path);
      response.writeHead(404).end();
      return;
    }
    const body = JSON.parse(text) as Record<string, unknown>;
    const isAuth = path === "POST /auth/token";
    if (isAuth) {
      this.presented.push(String(body.apiKey));
      if (this.held !== undefined) await new Promise<void>((go) => this.held?.push(go));
    }
    const fault = (isAuth ? this.faults.auth : this.faults.events).shift();
    if (fault !== undefined) fail(fault, request, response);
    else if (isAuth) this.#authenticate(String(body.apiKey), response);
    else this.#log(request.headers.authorization, body as unknown as LoggedEvent, response);
  }

  #authenticate(key: string, response: ServerResponse): void {
    const known = this.keys.get(key);
    if (known === undefined) {
      // What it says holds the key: nobody may repeat it.
      answer(response, 401, { error: `no such key: ${key}` });
      return;
    }
    const token = randomBytes(24).toString("base64url");
    this.tokens.set(token, key);
    answer(response, 200, { token, ...known });
  }

  #log(authorization: string | undefined, event: LoggedEvent, response: ServerResponse): void {
    if (!this.tokens.has(authorization?.replace("Bearer ", "") ?? "")) {
      answer(response, 401, { error: "no such token" });
      return;
    }
    this.logged.push(event);
    answer(response, 201, {});
  }
}

function fail(fault: CoreFault, request: IncomingMessage, response: ServerResponse): void {
  if ("breaks" in fault) request.socket.destroy();
  else if ("status" in fault) response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
  else if ("endless" in fault) {
    response.writeHead(200, { "content-type": "application/json" });
    const more = (): void => {
      while (!response.destroyed && response.write(" ".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  } else if ("stalls" in fault)
    response.writeHead(200, { "content-type": "application/json" }).write('{"tok');
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
