import { GraphQLError, type GraphQLFormattedError, Kind } from "graphql";
import { DomainError, type ErrorCode } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import { isInputValue, nameOfInput } from "./input-place.js";

/** Where errors are logged: what of pino is used here. */
export interface ErrorLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/**
 * Codes of errors that are about the request rather than about what was asked for. Apollo's clients know these names, so
 * they stay as they are.
 */
const REQUEST_CODES: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

/** Messages may repeat what the caller sent; nobody reads on after this many characters. */
const MAX_MESSAGE = 1_000;

/** What the client is shown beside the places in the document. */
interface Shown {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error as the client sees it, over every transport: a refusal with its code and details, a bad request with what is
 * wrong in it, and anything else masked. Every answer carries the request id, and the log does too.
 */
export function presentError(error: GraphQLError, requestId: string, log: ErrorLog): GraphQLFormattedError {
  const cause = causeOf(error);
  const shown = cause instanceof DomainError ? refusal(cause) : (requestProblem(error, cause) ?? masked());
  record(log, shown.code, cause, { requestId, ...(error.path ? { path: error.path.join(".") } : {}) });
  return {
    message: shown.message,
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
    extensions: { ...shown.details, code: shown.code, requestId },
  };
}

/** What was thrown first: graphql wraps it, and Apollo wraps that again. */
function causeOf(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

function refusal({ code, message, details }: DomainError): Shown {
  return { code, message: shortened(message), details };
}

function masked(): Shown {
  return { code: "INTERNAL_SERVER_ERROR", message: "Internal error" };
}

/** What is wrong with the document or its variables; undefined where the error is of another kind. */
function requestProblem(error: GraphQLError, cause: unknown): Shown | undefined {
  const [node] = error.nodes ?? [];
  const { code } = error.extensions;
  const message = shortened(withoutSuggestion(error.message));
  // Not so where a resolver failed: that points at a field, and has a cause of its own.
  const isArgument = cause instanceof GraphQLError && /^Argument "/.test(error.message);
  if (isArgument || isInputValue(node) || isVariable(error)) {
    const field = nameOfInput(error);
    return { code: "BAD_USER_INPUT", message, details: field === undefined ? {} : { field } };
  }
  if (REQUEST_CODES.has(code)) return { code: String(code), message };
  // What graphql finds before anything runs has neither a path nor a cause of another kind.
  if (error.path !== undefined || !(cause instanceof GraphQLError) || code !== undefined) return undefined;
  return { code: kindOf(error.message), message };
}

/** A variable's value, that is; a variable that is declared or used in a wrong way is the document's fault. */
function isVariable({ nodes, message }: GraphQLError): boolean {
  return (
    nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION &&
    /^Variable "\$\w+" (?:(?:got|has) invalid value|of (?:required|non-null) type) /.test(message)
  );
}

function kindOf(message: string): string {
  if (message.startsWith("Syntax Error")) return "GRAPHQL_PARSE_FAILED";
  return /^(Must provide|Unknown operation)/.test(message)
    ? "OPERATION_RESOLUTION_FAILURE"
    : "GRAPHQL_VALIDATION_FAILED";
}

/** graphql guesses what was meant, which tells strangers about the schema. */
function withoutSuggestion(message: string): string {
  return message.replace(/ ?Did you mean [^?]*\?/g, "");
}

function shortened(message: string): string {
  if (message.length <= MAX_MESSAGE) return message;
  // What was sent stands in the middle; what is wrong with it, at the end.
  return `${message.slice(0, MAX_MESSAGE / 2)} … ${message.slice(-MAX_MESSAGE / 2)}`;
}

function record(log: ErrorLog, code: string, cause: unknown, where: object): void {
  const level = isErrorCode(code) ? ERROR_TABLE[code].logLevel : "debug";
  // Refusals speak for themselves; what is masked, or hides an outage, must be found again by its request id.
  const err = level === "error" || level === "warn" ? { err: cause } : {};
  log[level]({ code, ...where, ...err }, level === "error" ? "internal error" : "request refused");
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}
