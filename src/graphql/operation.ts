import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { DomainError } from "../domain/domain-error.js";
import { nestsDeeper, overInShape, sizeOfText } from "./document-shape.js";
import { GUARD_LIMITS, GUARD_SAYS, type GuardLimit } from "./guard-limits.js";
import { extentOf, type OperationExtent, overInExtent } from "./operation-extent.js";

/** Problems of one document that are looked for; more of them tell nobody more. */
const MAX_PROBLEMS = 20;

/** Documents that are remembered per schema, in characters altogether and each. */
const REMEMBERED_CHARACTERS = 4_000_000;
const REMEMBERED_DOCUMENT = 50_000;

/** What a point of the rate limit buys of each; see {@link PreparedOperation.points}. */
const PER_POINT = { cost: 100, introspection: 1_000, tokens: 10, characters: 400 } as const;

/** A request as it came in, over any transport. */
export interface OperationPayload {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

/** An operation that may be executed. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  /** The one of the document's that is meant. */
  readonly operation: OperationDefinitionNode;
  readonly extent: OperationExtent;
  readonly operationName?: string;
  readonly variableValues?: Readonly<Record<string, unknown>>;
  /**
   * What it takes, in points of the rate limit: one for each root field or each hundred of its cost, whichever is more;
   * and more than that where its document is new here and long, since reading it is work too.
   */
  readonly points: number;
}

/** An operation that may not. */
export interface RefusedOperation {
  /** Each with Apollo's name for its kind as code, or with a DomainError as its cause. */
  readonly errors: readonly GraphQLError[];
  /** What finding that out has taken, as in {@link PreparedOperation}. */
  readonly points: number;
}

/**
 * Reads a request: its size is held against GUARD_LIMITS before it is parsed, its shape before it is validated, and what
 * it asks for before it runs. Documents that were found valid are remembered by their text, so that a repeated one costs
 * a look-up.
 */
export function prepareOperation(
  schema: GraphQLSchema,
  payload: OperationPayload,
): PreparedOperation | RefusedOperation {
  const { query, operationName, variables } = payload;
  if (typeof query !== "string" || query === "")
    return refused(badRequest("query must be a text that is not empty."));
  if (!isAbsent(operationName) && typeof operationName !== "string") {
    return refused(badRequest("operationName must be a text."));
  }
  if (!isAbsent(variables) && !isObject(variables))
    return refused(badRequest("variables must be an object."));
  if (nestsDeeper(variables, GUARD_LIMITS.variablesDepth)) return refused(tooComplex("variablesDepth"));

  const known = documentOf(schema, query);
  if ("errors" in known) return known;
  const name = isAbsent(operationName) ? undefined : operationName;
  const operation = getOperationAST(known.document, name);
  if (!operation) {
    const message =
      name === undefined ? "Name the operation to run." : `There is no operation named "${name}".`;
    return { errors: [coded("OPERATION_RESOLUTION_FAILURE", message)], points: Math.max(1, known.reading) };
  }
  const extent = measured(known, operation, isAbsent(variables) ? {} : variables);
  const over = overInExtent(extent, operation);
  if (over !== undefined)
    return { errors: [tooComplex(over, operation)], points: Math.max(1, known.reading) };
  return {
    document: known.document,
    operation,
    extent,
    ...(name === undefined ? {} : { operationName: name }),
    ...(isAbsent(variables) ? {} : { variableValues: variables }),
    points: Math.max(pointsOf(extent), known.reading),
  };
}

/** A document that is valid. */
interface KnownDocument {
  readonly document: DocumentNode;
  /** Of its operations, where nothing but the document says how far they reach. */
  readonly extents: Map<OperationDefinitionNode, OperationExtent>;
  /** Points that reading it has taken this time. */
  readonly reading: number;
}

const documents = new WeakMap<GraphQLSchema, LRUCache<string, KnownDocument>>();

function documentOf(schema: GraphQLSchema, text: string): KnownDocument | RefusedOperation {
  let known = documents.get(schema);
  if (known === undefined) {
    known = new LRUCache({ maxSize: REMEMBERED_CHARACTERS, maxEntrySize: REMEMBERED_DOCUMENT });
    documents.set(schema, known);
  }
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const { document, errors, reading } = readDocument(schema, text);
  if (document === undefined) return { errors, points: reading };
  const found = { document, extents: new Map(), reading: 0 };
  known.set(text, found, { size: text.length });
  return { ...found, reading };
}

interface Reading {
  readonly document?: DocumentNode;
  readonly errors: readonly GraphQLError[];
  /** In points. */
  readonly reading: number;
}

function readDocument(schema: GraphQLSchema, text: string): Reading {
  const byLength = text.length / PER_POINT.characters;
  let reading = Math.ceil(byLength);
  try {
    const { tokens, over } = sizeOfText(text);
    reading = Math.ceil(Math.max(tokens / PER_POINT.tokens, byLength));
    if (over !== undefined) return { errors: [tooComplex(over)], reading };
    const document = parse(text, { maxTokens: GUARD_LIMITS.tokens });
    const outOfShape = overInShape(document);
    if (outOfShape !== undefined) return { errors: [tooComplex(outOfShape)], reading };
    const problems = validate(schema, document, specifiedRules, {
      maxErrors: MAX_PROBLEMS,
      hideSuggestions: true,
    });
    if (problems.length === 0) return { document, errors: [], reading };
    return { errors: problems.map((problem) => withCode("GRAPHQL_VALIDATION_FAILED", problem)), reading };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { errors: [withCode("GRAPHQL_PARSE_FAILED", error)], reading };
  }
}

function measured(
  { document, extents }: KnownDocument,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): OperationExtent {
  const known = extents.get(operation);
  if (known !== undefined) return known;
  const extent = extentOf(document, operation, variables);
  if (!extent.readsVariables) extents.set(operation, extent);
  return extent;
}

function pointsOf({ rootFields, cost, introspection }: OperationExtent): number {
  return Math.max(
    1,
    rootFields,
    Math.ceil(cost / PER_POINT.cost),
    Math.ceil(introspection / PER_POINT.introspection),
  );
}

function refused(error: GraphQLError): RefusedOperation {
  return { errors: [error], points: 1 };
}

/** The refusal of what is over a limit. */
export function tooComplex(limit: GuardLimit, node?: OperationDefinitionNode): GraphQLError {
  const maximum = GUARD_LIMITS[limit];
  const message = GUARD_SAYS[limit](maximum);
  return new GraphQLError(message, {
    ...(node === undefined ? {} : { nodes: node }),
    originalError: new DomainError("QUERY_TOO_COMPLEX", message, { limit, maximum }),
  });
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
