import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export interface Peer {
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
  /** Those that are open. */
  readonly open: number;
  /** What came over all of them. */
  readonly received: Buffer;
  close(): Promise<void>;
}

/** A server that does with its connections whatever a test wants. */
export async function startPeer(
  handle: (socket: Socket) => void = () => {},
  { host = "127.0.0.1", port = 0 }: { host?: string; port?: number } = {},
): Promise<Peer> {
  const chunks: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => chunks.push(chunk));
    handle(socket);
  });
  return watch(server, host, port, chunks);
}

export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly method: string;
  readonly path: string;
}

export interface Receiver extends Peer {
  readonly requests: readonly Received[];
}

type Answer = { status: number; headers?: Record<string, string>; body?: string };

/** A receiver of webhooks: answers as told, 204 otherwise. With a certificate it speaks TLS. */
export async function startReceiver(
  answer: (request: Received) => Answer | Promise<Answer> = () => ({ status: 204 }),
  options: { host?: string; port?: number; tls?: { key: string; cert: string } } = {},
): Promise<Receiver> {
  const requests: Received[] = [];
  const listener: RequestListener = (message, response) => {
    void (async () => {
      const request = await receive(message);
      requests.push(request);
      const { status, headers = {}, body } = await answer(request);
      response.writeHead(status, headers).end(body);
    })();
  };
  const server =
    options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener);
  const peer = await watch(server, options.host ?? "127.0.0.1", options.port ?? 0, []);
  // Assigning would read the getters once and for all.
  return Object.defineProperty(peer, "requests", { value: requests }) as Receiver;
}

async function receive(message: IncomingMessage): Promise<Received> {
  const body = await text(message);
  const { method = "", url: path = "" } = message;
  return { headers: message.headers as Record<string, string>, body, method, path };
}

async function watch(server: Server, host: string, port: number, chunks: Buffer[]): Promise<Peer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: 1_024 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    get received() {
      return Buffer.concat(chunks);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A certificate for a host, signed by itself. */
export function makeCertificate(parent: string, host: string): { key: string; cert: string } {
  const directory = mkdtempSync(join(parent, "certificate-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...subject, "-keyout", key, "-out", cert], {
    stdio: "pipe",
  });
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}
