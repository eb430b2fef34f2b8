import { connect, type Socket } from "node:net";

/**
 * One keep-alive HTTP/1.1 connection that posts one request after the other. It understands just what the server sends
 * (a status line and a Content-Length), so that the clients cost little beside the server that they measure.
 */
export class HttpConnection {
  #received = "";
  #done: { readonly resolve: (body: string) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly head: string,
  ) {
    // Bodies are ASCII as far as they are looked at; a character per byte makes lengths comparable.
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("data", (text: string) => this.#take(text));
    socket.on("error", (error) => this.#done?.reject(error));
    socket.on("close", () => this.#done?.reject(new Error("the server closed a connection")));
  }

  static open(url: string, path: string): Promise<HttpConnection> {
    const { hostname, port, host } = new URL(url);
    const head =
      `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      "accept: application/json\r\nauthorization: Bearer ";
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once("error", reject);
      socket.once("connect", () => resolve(new HttpConnection(socket, head)));
    });
  }

  /** @throws Error where the answer is not 200, or says that there were errors */
  post(body: string, key: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#done = { resolve, reject };
      this.socket.write(`${this.head}${key}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close(): void {
    this.#done = undefined;
    this.socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end === -1) return;
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, end)) ?? [];
    if (length === undefined) {
      this.#done?.reject(new Error(`no length: ${this.#received.slice(0, end)}`));
      return;
    }
    const from = end + 4;
    if (this.#received.length < from + Number(length)) return;
    const answer = this.#received;
    const body = answer.slice(from);
    this.#received = "";
    const done = this.#done;
    this.#done = undefined;
    if (answer.startsWith("HTTP/1.1 200 ") && !body.includes('"errors"')) done?.resolve(body);
    else done?.reject(new Error(`refused: ${answer.slice(0, 20)} ${body.slice(0, 500)}`));
  }
}
