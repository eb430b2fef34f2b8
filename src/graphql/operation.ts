import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { GUARD_LIMITS, guardRule } from "./guard-rule.js";

/** For parsers that are not ours: see GUARD_LIMITS. */
export const MAX_TOKENS = GUARD_LIMITS.tokens;

/** The rules that are ours, in addition to those of the GraphQL specification. */
export const VALIDATION_RULES: readonly ValidationRule[] = [guardRule];

/** Problems of one document that are looked for; more of them tell nobody more. */
const MAX_PROBLEMS = 20;

/** Documents that are remembered per schema, in characters altogether and each. */
const REMEMBERED_CHARACTERS = 4_000_000;
const REMEMBERED_DOCUMENT = 50_000;

/** A request as it came in, over any transport. */
export interface OperationPayload {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

/** An operation that may be executed: spread it into graphql's ExecutionArgs. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly operationName?: string;
  readonly variableValues?: Readonly<Record<string, unknown>>;
}

/**
 * Parses and validates a request, as Apollo Server does over HTTP with MAX_TOKENS and VALIDATION_RULES. Documents that
 * were found valid are remembered by their text, so that a repeated one costs a look-up.
 * @returns the operation, or what is wrong with it, each error with Apollo's name for its kind as code
 */
export function prepareOperation(
  schema: GraphQLSchema,
  payload: OperationPayload,
): PreparedOperation | readonly GraphQLError[] {
  const { query, operationName, variables } = payload;
  if (typeof query !== "string" || query === "")
    return [badRequest("query must be a text that is not empty.")];
  if (!isAbsent(operationName) && typeof operationName !== "string") {
    return [badRequest("operationName must be a text.")];
  }
  if (!isAbsent(variables) && !isObject(variables)) return [badRequest("variables must be an object.")];

  const document = documentOf(schema, query);
  if (Array.isArray(document)) return document;
  const parsed = document as DocumentNode;
  const name = isAbsent(operationName) ? undefined : operationName;
  if (!getOperationAST(parsed, name)) {
    const message =
      name === undefined ? "Name the operation to run." : `There is no operation named "${name}".`;
    return [coded("OPERATION_RESOLUTION_FAILURE", message)];
  }
  return {
    document: parsed,
    ...(name === undefined ? {} : { operationName: name }),
    ...(isAbsent(variables) ? {} : { variableValues: variables }),
  };
}

const documents = new WeakMap<GraphQLSchema, LRUCache<string, DocumentNode>>();

function documentOf(schema: GraphQLSchema, text: string): DocumentNode | GraphQLError[] {
  let known = documents.get(schema);
  if (known === undefined) {
    known = new LRUCache({ maxSize: REMEMBERED_CHARACTERS, maxEntrySize: REMEMBERED_DOCUMENT });
    documents.set(schema, known);
  }
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [withCode("GRAPHQL_PARSE_FAILED", error)];
  }
  const problems = validate(schema, document, [...specifiedRules, ...VALIDATION_RULES], {
    maxErrors: MAX_PROBLEMS,
  });
  if (problems.length > 0) return problems.map((problem) => withCode("GRAPHQL_VALIDATION_FAILED", problem));
  known.set(text, document, { size: text.length });
  return document;
}

function withCode(code: string, error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    ...(error.nodes ? { nodes: error.nodes } : {}),
    ...(error.source ? { source: error.source } : {}),
    ...(error.positions ? { positions: error.positions } : {}),
    originalError: error.originalError ?? error,
    extensions: { ...error.extensions, code },
  });
}

function badRequest(message: string): GraphQLError {
  return coded("BAD_REQUEST", message);
}

function coded(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
