import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
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

/**
 * @param destination where lines go; standard error where absent, so that data on standard output stays clean
 */
export function createLog(level: Settings["logLevel"], destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: SECRETS, censor: "[secret]" },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ dest: 2, sync: false }),
  );
}
