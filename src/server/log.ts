import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from "pino";
import type { Settings } from "./settings.js";

/** The server's log: JSON lines, without secrets. */
export type Log = Logger;

/** Wherever a credential may stand in something that is logged. */
const SECRETS = [
  "req.headers.authorization",
  "req.headers.cookie",
  "headers.authorization",
  "headers.cookie",
  "authorization",
  "apiKey",
  "key",
  "token",
  "smtpUrl",
  "*.authorization",
  "*.apiKey",
  "*.key",
  "*.token",
  "*.smtpUrl",
  "*.*.smtpUrl",
];

/** What a database's error repeats of a statement that failed: its values, and among them secrets and proposals. */
const STATEMENT = ["parameters", "query", "driverError", "sql"] as const;

/** An error as it is logged: what happened and where, without the values of the statement that it happened to. */
function errorWithoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const shown: Record<string, unknown> = { ...stdSerializers.err(error) };
  for (const name of STATEMENT) delete shown[name];
  return shown;
}

/**
 * @param destination where lines go; standard error where absent, so that data on standard output stays clean
 */
export function createLog(level: Settings["logLevel"], destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: errorWithoutValues },
      redact: { paths: SECRETS, censor: "[secret]" },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ dest: 2, sync: false }),
  );
}
