import { badInput } from "./domain-error.js";
import { LIMITS } from "./limits.js";
import { requiredText } from "./text.js";

/** How grave a log entry is. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Other names by which they are known. */
const ALIASES: ReadonlyMap<string, LogLevel> = new Map([["WARN", "WARNING"]]);

/** What another service puts on record: the data of a LOGGED event. */
export interface LogEntry {
  readonly service: string;
  readonly level: LogLevel;
  readonly message: string;
}

/**
 * A checked entry. The level may be in any case, and WARN is WARNING.
 * @throws DomainError BAD_USER_INPUT naming the field
 */
export function checkLogEntry(input: Readonly<Record<keyof LogEntry, unknown>>): LogEntry {
  return {
    service: requiredText(input.service, "service", LIMITS.logService),
    level: levelOf(input.level),
    message: requiredText(input.message, "message", LIMITS.logMessage),
  };
}

function levelOf(value: unknown): LogLevel {
  const name = typeof value === "string" ? value.toUpperCase() : "";
  const level = LOG_LEVELS.find((known) => known === name) ?? ALIASES.get(name);
  if (level === undefined)
    throw badInput("level", `level must be one of ${LOG_LEVELS.join(", ")}, in any case.`);
  return level;
}
