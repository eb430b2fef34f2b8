import { WebSocket } from "ws";
import { DECIDE, DECIDED } from "../harness/operations.js";
import type { PushResult, Target, WaitingPlace } from "../harness/tasks.js";
import { HttpConnection } from "./http-connection.js";

/** Handshakes under way at a time, fewer than an address may have: connecting is not what is measured. */
const CONNECTING = 40;
const PUSH_TIMEOUT_MS = 30_000;

/** Agents that wait, each on a WebSocket of its own, with no more client around it than the protocol asks for. */
export class WaitingAgents {
  readonly #sockets: WebSocket[] = [];
  /** Who is told when a ticket's decision arrives. */
  readonly #arrivals = new Map<string, (at: number) => void>();
  #subscriptions = 0;

  /** Opens one socket for each of the keys, in their order, and authenticates it. */
  async connect(url: string, keys: readonly string[]): Promise<null> {
    const address = `${url.replace("http:", "ws:")}/graphql`;
    for (let from = 0; from < keys.length; from += CONNECTING) {
      const part = keys.slice(from, from + CONNECTING);
      this.#sockets.push(...(await Promise.all(part.map((key) => this.#open(address, key)))));
    }
    return null;
  }

  /** Lets agents wait for tickets. */
  async wait(places: readonly WaitingPlace[]): Promise<null> {
    for (const { agent, ticketId } of places) {
      const socket = this.#sockets[agent];
      if (socket === undefined) throw new Error(`there is no agent ${agent}`);
      this.#subscriptions += 1;
      socket.send(
        JSON.stringify({
          id: `${this.#subscriptions} ${ticketId}`,
          type: "subscribe",
          payload: { query: DECIDED, variables: { ticketId } },
        }),
      );
      // A pause now and then: ten thousand subscriptions in one turn are not what agents do.
      if (this.#subscriptions % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return null;
  }

  /** Decides at a steady pace, whether or not earlier decisions have been answered, and waits for every push. */
  async decide(target: Target, tickets: readonly string[], perSecond: number): Promise<PushResult> {
    const all: HttpConnection[] = [];
    const idle: HttpConnection[] = [];
    const open = async (): Promise<HttpConnection> => {
      const opened = await HttpConnection.open(target.url, "/graphql");
      all.push(opened);
      return opened;
    };
    for (let index = 0; index < target.clients; index += 1) idle.push(await open());
    const pushed: number[] = [];
    const answered: number[] = [];
    const one = async (ticketId: string): Promise<void> => {
      const connection = idle.pop() ?? (await open());
      const body = JSON.stringify({
        query: DECIDE,
        variables: { input: { ticketId, revision: 1, status: "APPROVED", comments: "Looks good." } },
      });
      const arrival = this.#arrivalOf(ticketId);
      const sent = performance.now();
      const answer = connection.post(body, target.keys[0] ?? "").then(() => {
        answered.push(performance.now() - sent);
        idle.push(connection);
      });
      pushed.push((await arrival) - sent);
      await answer;
    };
    try {
      const started = performance.now();
      await Promise.all(
        tickets.map(async (ticketId, index) => {
          const due = started + (index * 1_000) / perSecond;
          await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
          await one(ticketId);
        }),
      );
      return { pushed, answered };
    } finally {
      for (const connection of all) connection.close();
    }
  }

  #open(address: string, key: string): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address, "graphql-transport-ws", { perMessageDeflate: false });
      socket.once("error", reject);
      socket.once("open", () =>
        socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${key}` } })),
      );
      socket.on("message", (data) => {
        const at = performance.now();
        const message = JSON.parse(String(data)) as { type: string; id?: string; payload?: unknown };
        if (message.type === "connection_ack") resolve(socket);
        else if (message.type === "next") this.#arrivals.get(message.id?.split(" ")[1] ?? "")?.(at);
        else if (message.type === "error") throw new Error(`refused: ${String(data)}`);
      });
      socket.on("close", (code) => {
        throw new Error(`the server closed a socket: ${code}`);
      });
    });
  }

  #arrivalOf(ticketId: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const tooLate = setTimeout(
        () => reject(new Error(`the decision on ${ticketId} was not pushed`)),
        PUSH_TIMEOUT_MS,
      );
      this.#arrivals.set(ticketId, (at) => {
        clearTimeout(tooLate);
        this.#arrivals.delete(ticketId);
        resolve(at);
      });
    });
  }
}
