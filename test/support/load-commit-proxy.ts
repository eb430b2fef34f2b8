import { createServer, connect as openSocket, type Server, type Socket } from "node:net";

/** What becomes of the next COMMIT that passes. */
export type CommitFault =
  /** It never arrives: the connection breaks before. */
  | "stopped"
  /** It is carried out, and the connection breaks before the answer is there. */
  | "unanswered"
  /** The connection breaks, and it arrives only when `deliver` is called: until then its transaction is open. */
  | "late"
  /** It is carried out, and an error that says nothing of it is the answer. */
  | "denied"
  /** It never arrives, and such an error is the answer; the connection stays. */
  | "dropped";

const COM_QUERY = 0x03;
const HEADER_BYTES = 4;
/** MySQL's ER_UNKNOWN_ERROR, which no list of the server's names. */
const UNKNOWN_ERROR = 1105;

/**
 * A TCP proxy between a server and MariaDB that breaks connections at a COMMIT, or answers it with an error of its own:
 * so it cannot be known from outside whether it took place.
 */
export class CommitProxy {
  /** Faults that have happened. */
  readonly happened: CommitFault[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #late: (() => void)[] = [];
  readonly #armed: CommitFault[] = [];
  #refusing = false;

  private constructor(private readonly target: URL) {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param url of the database, as in DATABASE_URL */
  static async open(url: string): Promise<CommitProxy> {
    const proxy = new CommitProxy(new URL(url));
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** The database's URL through this proxy. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP listener has a port");
    const url = new URL(this.target);
    url.hostname = "127.0.0.1";
    url.port = String(address.port);
    return url.href;
  }

  /** Strikes the next COMMIT that nothing else was meant for. */
  arm(fault: CommitFault): void {
    this.#armed.push(fault);
  }

  /** Lets the late ones through. */
  deliver(): void {
    for (const pass of this.#late.splice(0)) pass();
  }

  /** Breaks every connection and lets no other one in, or does again. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const database = openSocket(Number(this.target.port), this.target.hostname);
    this.#keep(client);
    this.#keep(database);
    client.once("close", () => {
      if (!held) database.destroy();
    });
    database.once("close", () => client.destroy());
    database.on("data", (bytes: Buffer) => {
      if (cut) client.destroy();
      else client.write(denied === undefined ? bytes : errorAfter(denied));
      denied = undefined;
    });

    let cut = false;
    let held = false;
    /** The COMMIT whose answer is replaced; it is small, and comes in one piece. */
    let denied: Buffer | undefined;
    let received = Buffer.alloc(0);
    client.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (;;) {
        const packet = firstPacket(received);
        if (packet === undefined) return;
        received = received.subarray(packet.length);
        const fault = isCommit(packet) ? this.#armed.shift() : undefined;
        if (fault === undefined) {
          database.write(packet);
          continue;
        }
        this.happened.push(fault);
        if (fault === "dropped") {
          client.write(errorAfter(packet));
          continue;
        }
        if (fault === "denied") {
          denied = packet;
          database.write(packet);
          continue;
        }
        cut = true;
        if (fault === "unanswered") database.write(packet);
        if (fault === "late") {
          held = true;
          this.#late.push(() => database.end(packet));
        }
        if (fault !== "unanswered") client.destroy();
      }
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

/** The first whole packet (three bytes of length, little-endian, then its number, then what it carries). */
function firstPacket(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const length = HEADER_BYTES + bytes.readUIntLE(0, 3);
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}

function isCommit(packet: Buffer): boolean {
  return packet[HEADER_BYTES] === COM_QUERY && packet.toString("latin1", HEADER_BYTES + 1) === "COMMIT";
}

/** An ERR packet as the answer to that packet. */
function errorAfter(packet: Buffer): Buffer {
  const said = Buffer.from("#HY000The proxy says so");
  const header = Buffer.alloc(HEADER_BYTES + 3);
  header.writeUIntLE(3 + said.length, 0, 3);
  header[3] = (packet[3] ?? 0) + 1;
  header[HEADER_BYTES] = 0xff;
  header.writeUInt16LE(UNKNOWN_ERROR, HEADER_BYTES + 1);
  return Buffer.concat([header, said]);
}
