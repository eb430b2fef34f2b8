import { createServer, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startMariadb } from "./mariadb.js";

/**
 * Offers one MariaDB server for the whole run to every worker, under a socket file in `directory`. It is started when
 * the first test file asks for it, so that a run without database tests does not wait for it.
 */
export async function offerMariadb(directory: string): Promise<{ address: string; close(): Promise<void> }> {
  const given = process.env.TEST_MYSQL_URL;
  let started: ReturnType<typeof startMariadb> | undefined;
  const start = async () => {
    started ??= startMariadb();
    return (await started).url;
  };
  const starter = createServer((_request, response) => {
    Promise.resolve(given ?? start()).then(
      (url) => response.end(url),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  const address = join(directory, "mariadb-starter.sock");
  await new Promise<void>((resolve, reject) => {
    starter.once("error", reject).listen(address, resolve);
  });
  return {
    address,
    async close() {
      starter.closeAllConnections();
      await new Promise((resolve) => starter.close(resolve));
      // One that never came up has said so to those who asked.
      await started?.then(
        (server) => server.stop(),
        () => undefined,
      );
    },
  };
}

/** The URL of the run's MariaDB server (`mysql://user:password@host:port`), which this starts if nobody has yet. */
export async function askForMariadb(address: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    request({ socketPath: address, path: "/", agent: false }, async (response) => {
      const answer = await text(response);
      if (response.statusCode === 200) {
        resolve(answer);
      } else {
        reject(new Error(answer));
      }
    })
      .once("error", reject)
      .end();
  });
}
