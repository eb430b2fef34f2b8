import { DomainError, type ErrorCode } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import { SchemaError } from "../persistence/schema-check.js";
import { SettingsError } from "./setting-words.js";

/** Exit statuses of the command line that no error code stands for; docs/cli.md repeats them all. */
export const EXIT = {
  done: 0,
  unforeseen: 1,
  usage: 2,
  verificationFailed: 3,
  settings: 4,
  schema: 5,
  network: 6,
  timeout: 7,
  rejected: 30,
  needsChanges: 31,
  expired: 32,
  withdrawn: 33,
} as const;

/** The exit status that an error code of the API stands for. */
export function exitCodeOfCode(code: string): number {
  return isErrorCode(code) ? ERROR_TABLE[code].exitCode : EXIT.unforeseen;
}

/** The exit status of an error that the server's own side threw. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof DomainError) return exitCodeOfCode(error.code);
  if (error instanceof SettingsError) return EXIT.settings;
  return error instanceof SchemaError ? EXIT.schema : EXIT.unforeseen;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}
