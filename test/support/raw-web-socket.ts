import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { until } from "./until.js";

/** A frame as it came (RFC 6455, section 5.2). */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

const TEXT = 1;
const CLOSE = 8;

/** A WebSocket without a library: it answers nothing by itself, neither pings nor the closing handshake. */
export class RawWebSocket {
  readonly frames: RawFrame[] = [];
  /** Whether the connection has ended. */
  ended = false;
  #received = Buffer.alloc(0);
  #upgraded = false;

  private constructor(private readonly socket: Socket) {
    socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#read();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.ended = true;
    });
  }

  /** Upgrades to graphql-transport-ws at `/graphql`. */
  static async open(port: number): Promise<RawWebSocket> {
    const raw = new RawWebSocket(connect(port, "127.0.0.1"));
    raw.socket.write(
      "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n` +
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
    );
    await until(() => raw.#upgraded, { what: "the upgrade" });
    return raw;
  }

  sendText(message: object): void {
    this.#send(TEXT, Buffer.from(JSON.stringify(message)));
  }

  sendClose(code: number): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.#send(CLOSE, payload);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Waits for a message of that type. */
  async message(type: string): Promise<void> {
    await until(
      () =>
        this.frames.some(
          ({ opcode, payload }) => opcode === TEXT && JSON.parse(payload.toString("utf8")).type === type,
        ),
      { what: type },
    );
  }

  /** Waits for the closing frame, and gives its code. */
  async closing(): Promise<number> {
    const frame = await until(() => this.frames.find(({ opcode }) => opcode === CLOSE), {
      what: "the closing frame",
    });
    return frame.payload.readUInt16BE(0);
  }

  /** What a client sends is masked; nothing here is longer than 65,535 bytes. */
  #send(opcode: number, payload: Buffer): void {
    const mask = randomBytes(4);
    const short = payload.length < 126;
    const header = Buffer.alloc(short ? 2 : 4);
    header[0] = 0x80 | opcode;
    header[1] = 0x80 | (short ? payload.length : 126);
    if (!short) header.writeUInt16BE(payload.length, 2);
    const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    this.socket.write(Buffer.concat([header, mask, masked]));
  }

  #read(): void {
    if (!this.#upgraded) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#received.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`no upgrade: ${head}`);
      this.#received = this.#received.subarray(end + 4);
      this.#upgraded = true;
    }
    for (;;) {
      const [first, second] = this.#received;
      if (first === undefined || second === undefined) return;
      const long = second === 126;
      const start = long ? 4 : 2;
      if (this.#received.length < start) return;
      const end = start + (long ? this.#received.readUInt16BE(2) : second);
      if (this.#received.length < end) return;
      this.frames.push({ opcode: first & 0x0f, payload: this.#received.subarray(start, end) });
      this.#received = this.#received.subarray(end);
    }
  }
}
