import { request } from "node:http";
import { connect, type Socket } from "node:net";
import WebSocket from "ws";

/** Where a flood goes, and as whom. */
export interface FloodTarget {
  readonly port: number;
  /** The loopback address that it comes from. */
  readonly from: string;
  /** The key of an agent that has large tickets. */
  readonly key: string;
  readonly seconds: number;
}

/** What came of a flood, by what was seen how often. */
export type FloodCounts = Record<string, number>;

/** Counts what is seen, and knows when it is over. */
export class FloodRun {
  readonly counts: FloodCounts = {};
  readonly #deadline: number;
  readonly #sockets = new Set<Socket | WebSocket>();

  constructor(readonly target: FloodTarget) {
    this.#deadline = performance.now() + target.seconds * 1_000;
  }

  get over(): boolean {
    return performance.now() >= this.#deadline;
  }

  count(what: string | number | undefined): void {
    const name = String(what);
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  /** A connection of the attacker's, open until the flood is over. */
  connect(...parts: readonly (string | Buffer)[]): Socket {
    const { port, from } = this.target;
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    this.#sockets.add(socket);
    socket.once("connect", () => this.count("connected"));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.count("closed");
      this.#sockets.delete(socket);
    });
    for (const part of parts) socket.write(part);
    return socket;
  }

  /** A WebSocket of the attacker's that has introduced itself; undefined where it was not let in. */
  async socket(): Promise<WebSocket | undefined> {
    const { port, from, key } = this.target;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, "graphql-transport-ws", {
      localAddress: from,
    });
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    const acknowledged = await new Promise<boolean>((resolve) => {
      socket.once("open", () =>
        socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${key}` } })),
      );
      socket.once("message", () => resolve(true));
      socket.once("close", () => resolve(false));
    });
    socket.once("close", (code) => {
      this.count(`closed with ${code}`);
      this.#sockets.delete(socket);
    });
    return acknowledged ? socket : undefined;
  }

  /** Posts, and counts the status. */
  post(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const { port, from } = this.target;
    return new Promise((resolve) => {
      const asked = request(
        {
          port,
          host: "127.0.0.1",
          localAddress: from,
          path,
          method: "POST",
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            ...headers,
          },
        },
        (answer) => {
          this.count(answer.statusCode);
          answer.resume().once("close", resolve);
        },
      );
      asked.once("error", () => {
        this.count("refused");
        resolve();
      });
      asked.end(body);
    });
  }

  /** Does something so often a second until it is over, whether or not it is answered; resolves when all is. */
  async steadily(perSecond: number, act: (index: number) => Promise<void> | void): Promise<void> {
    const pending: (Promise<void> | void)[] = [];
    const began = performance.now();
    for (let index = 0; !this.over; ) {
      const due = ((performance.now() - began) / 1_000) * perSecond;
      for (; index < due; index += 1) pending.push(act(index));
      await pause(10);
    }
    await Promise.all(pending);
  }

  /** So many at a time, each again as soon as it is answered, until it is over. */
  async busily(workers: number, act: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      while (!this.over) {
        next += 1;
        await act(next);
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
  }

  /** Lets time pass until it is over. */
  async toTheEnd(): Promise<void> {
    while (!this.over) await pause(20);
  }

  /** Ends what is still open. */
  async end(): Promise<FloodCounts> {
    for (const socket of this.#sockets) {
      if (socket instanceof WebSocket) socket.terminate();
      else socket.destroy();
    }
    return this.counts;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
