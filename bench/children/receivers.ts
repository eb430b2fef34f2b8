import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReceiversTask } from "../harness/tasks.js";
import { answer } from "./answer.js";

/** When each delivery came, by the ticket and endpoint that it is of: milliseconds since the epoch. */
const received: { readonly ticketId: string; readonly path: string; readonly at: number }[] = [];
const servers: Server[] = [];

answer(async (task: ReceiversTask): Promise<unknown> => {
  if (task.kind === "listen") return listen();
  const counted = received.length;
  return task.from === undefined ? counted : received.slice(task.from);
});

/** A receiver that takes everything, and one that never answers. */
async function listen(): Promise<{ readonly taking: number; readonly hanging: number }> {
  const taking = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [, ticketId = ""] = /"id":"(ticket_\w+)"/.exec(Buffer.concat(chunks).toString()) ?? [];
      received.push({ ticketId, path: request.url ?? "", at: Date.now() });
      response.writeHead(204).end();
    });
  });
  const hanging = createServer(() => undefined);
  return { taking: await portOf(taking), hanging: await portOf(hanging) };
}

function portOf(server: Server): Promise<number> {
  servers.push(server);
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 2_048 }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}
