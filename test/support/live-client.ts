import WebSocket from "ws";
import { until } from "./until.js";

/** A message of graphql-transport-ws. */
export interface LiveMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** Begins operations under one id, each before what came of the one before it can be known. */
export function reuseOneId(client: LiveClient, query: string, variables: object = {}): void {
  for (let time = 0; time < 10; time += 1) {
    client.send({ id: "same", type: "subscribe", payload: { query, variables } });
    client.send({ id: "same", type: "complete" });
  }
}

/** A bare client of graphql-transport-ws: what it gets, as it came, without a library that would mend anything. */
export class LiveClient {
  readonly messages: LiveMessage[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  #nextId = 1;

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => this.messages.push(JSON.parse(String(data)) as LiveMessage));
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    socket.on("error", () => undefined);
  }

  /** Opens a socket; says nothing yet. */
  static async open(
    url: string,
    protocol = "graphql-transport-ws",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<LiveClient> {
    const client = new LiveClient(
      new WebSocket(`${url.replace("http", "ws")}/graphql`, protocol, { headers }),
    );
    await until(() => client.socket.readyState !== WebSocket.CONNECTING);
    return client;
  }

  /** Opens a socket and introduces itself with that key. */
  static async connect(url: string, key: string): Promise<LiveClient> {
    const client = await LiveClient.open(url);
    client.send({ type: "connection_init", payload: { Authorization: `Bearer ${key}` } });
    await until(() => client.messages.some(({ type }) => type === "connection_ack"), {
      what: "the acknowledgement",
    });
    return client;
  }

  /** Opens a socket as a page of that server does, with the browser's cookies and nothing else. */
  static async connectFromPage(url: string, cookie: string, origin = url): Promise<LiveClient> {
    const client = await LiveClient.open(url, "graphql-transport-ws", { cookie, origin });
    client.send({ type: "connection_init" });
    await until(() => client.messages.some(({ type }) => type === "connection_ack"), {
      what: "the acknowledgement",
    });
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Starts an operation and returns its id. */
  subscribe(query: string, variables: object = {}): string {
    const id = `op${this.#nextId++}`;
    this.send({ id, type: "subscribe", payload: { query, variables } });
    return id;
  }

  /** The payloads of what an operation has delivered so far. */
  delivered<Data = Record<string, unknown>>(
    id: string,
  ): { data?: Data; errors?: { extensions: { code: string } }[] }[] {
    return this.messages
      .filter((one) => one.id === id && one.type === "next")
      .map((one) => one.payload as never);
  }

  /** Waits for that many deliveries of an operation. */
  async deliveries<Data = Record<string, unknown>>(id: string, count: number): Promise<Data[]> {
    await until(() => this.delivered(id).length >= count, { what: `${count} deliveries`, timeoutMs: 15_000 });
    return this.delivered<Data>(id).map(({ data }) => data as Data);
  }

  /** Waits for the message that ends an operation. */
  async ending(id: string): Promise<LiveMessage> {
    return until(() =>
      this.messages.find((one) => one.id === id && (one.type === "complete" || one.type === "error")),
    );
  }

  async whenClosed(timeoutMs = 10_000): Promise<{ code: number; reason: string }> {
    return until(() => this.closed, { timeoutMs, what: "the socket's end" });
  }

  close(): void {
    this.socket.terminate();
  }
}
