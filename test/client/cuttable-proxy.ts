import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A network between client and server that can fail. */
export interface CuttableProxy {
  readonly url: string;
  /** Breaks every connection that is open. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(serverUrl: string): Promise<CuttableProxy> {
  const { hostname, port: serverPort } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const proxy = createServer((incoming) => {
    const outgoing = connect(Number(serverPort), hostname);
    keep(incoming, outgoing);
    keep(outgoing, incoming);
    incoming.pipe(outgoing).pipe(incoming);
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    close: async () => {
      const closed = once(proxy, "close");
      proxy.close();
      cut();
      await closed;
    },
  };
}
