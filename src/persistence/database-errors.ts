import { DomainError } from "../domain/domain-error.js";

/** The outcome of a COMMIT is not known: the connection broke before its answer came. */
export class CommitUnknownError extends Error {
  override readonly name = "CommitUnknownError";
}

const CONFLICTS = new Set([
  "ER_LOCK_DEADLOCK",
  "ER_LOCK_WAIT_TIMEOUT",
  "SQLITE_BUSY",
  "SQLITE_BUSY_SNAPSHOT",
]);

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
  "ER_CON_COUNT_ERROR",
  "ER_SERVER_SHUTDOWN",
  "ER_NEW_ABORTING_CONNECTION",
  "ER_LOCK_ABORTED",
  "WSREP_NOT_READY",
  "ER_OPTION_PREVENTS_STATEMENT",
  "ER_DISK_FULL",
  "ER_RECORD_FILE_FULL",
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_CANTOPEN",
  "SQLITE_READONLY",
]);

/** Whether two transactions stood in each other's way: running the same work again is right. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error));
}

/** Whether the database cannot be reached or cannot take writes now: nothing is wrong with the work itself. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return (
    isFatal(error) ||
    UNREACHABLE.has(code) ||
    code.startsWith("SQLITE_IOERR") ||
    /ER_UNKNOWN_COM_ERROR|WSREP/.test(code)
  );
}

/** Whether a row with that key exists already. */
export function isDuplicate(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === "ER_DUP_ENTRY" || code === "SQLITE_CONSTRAINT_PRIMARYKEY" || code === "SQLITE_CONSTRAINT_UNIQUE"
  );
}

/** What a caller is told while the database cannot be reached. */
export function unavailable(cause: unknown): DomainError {
  return new DomainError(
    "UNAVAILABLE",
    "The database cannot be reached right now; nothing was changed. Try again shortly.",
    { retryAfter: 1 },
    { cause },
  );
}

/** What mysql2 calls fatal has ended the connection, also where it has no code of its own. */
function isFatal(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if ("fatal" in error && error.fatal === true) return true;
  return "driverError" in error && error.driverError !== error && isFatal(error.driverError);
}

/** The driver's code, wherever TypeORM put it. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if ("driverError" in error && error.driverError !== error) return codeOf(error.driverError);
  return "";
}
