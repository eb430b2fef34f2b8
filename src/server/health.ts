import type { FastifyInstance } from "fastify";
import type { Database } from "../persistence/database.js";
import { checkSchema } from "../persistence/schema-check.js";

/** Whether this server should be sent work. */
export interface Readiness {
  /** False from the moment that the server begins to shut down. */
  readonly accepting: boolean;
}

const READY_FOR_MS = 1_000;

/** Serves `/healthz` (the process is alive) and `/readyz` (the database is reached and migrated, and work is taken). */
export function registerHealth(app: FastifyInstance, database: Database, readiness: Readiness): void {
  app.get("/healthz", async () => ({ status: "alive" }));

  // A probe a second from each of many balancers must not become a load on the database.
  let last: { readonly at: number; readonly problem: string | undefined } | undefined;
  app.get("/readyz", async (request, reply) => {
    if (!readiness.accepting) return reply.code(503).send({ status: "stopping" });
    if (last === undefined || Date.now() - last.at > READY_FOR_MS) {
      last = { at: Date.now(), problem: await problemOf(database, request.log) };
    }
    if (last.problem === undefined) return { status: "ready" };
    return reply.code(503).send({ status: last.problem });
  });
}

async function problemOf(database: Database, log: FastifyInstance["log"]): Promise<string | undefined> {
  try {
    const { pending } = await checkSchema(database);
    return pending.length === 0 ? undefined : "not migrated";
  } catch (error) {
    log.warn({ err: error }, "not ready");
    return "database not usable";
  }
}
