import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { LongPolls } from "./long-polls.js";
import type { Prices } from "./prices.js";
import type { Enter } from "./rest-entry.js";

/** Where routes are declared: with zod schemas. */
export type RestApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes are made of. */
export interface RestRoutes {
  readonly enter: Enter;
  readonly prices: Prices;
  readonly longPolls: LongPolls;
}

export const TICKETS_PATH = "/hitl/tickets";
