/**
 * Bounds of one request; beyond any of them it is refused with QUERY_TOO_COMPLEX before anything of it runs, over any
 * transport. Together they keep what a document of a whole request body can cost, answered or refused, within some tens
 * of milliseconds. docs/protocol.md repeats this table, and a test holds it to it.
 */
export const GUARD_LIMITS = {
  /** Characters of the document: lexing takes time for blanks and comments too. Large inputs belong into variables. */
  characters: 100_000,
  /** Lexical tokens of the document. What follows after them takes time for each. */
  tokens: 5_000,
  /** Brackets within one another: the parser calls itself for each, and the stack is finite. */
  nesting: 100,
  /** Fields written in the document: validation compares those of one name with one another, each with each. */
  fields: 500,
  /** Fields of one name side by side: whoever writes a field twice has no more of it. */
  duplicates: 5,
  /** Operations in the document: one runs, all are validated. */
  operations: 10,
  /** Fragments that the document defines: validation compares each with each. */
  fragments: 50,
  /** Places where fragments are spread, inline ones included. */
  spreads: 200,
  /** Directives of the document: each is looked at again for every field that it may leave out. */
  directives: 50,
  /** Directives at one place: there are but two that mean anything there. */
  directivesInPlace: 4,
  /** Fields below one another, as an operation reaches them. */
  depth: 15,
  /** Fields of the operation itself, fragments included. */
  rootFields: 20,
  /** Root fields of a mutation: they run one after the other, each a transaction. */
  mutationFields: 5,
  /** Tickets that a mutation decides: each decision is to be an act of its own, never one line of a bulk. */
  decisions: 1,
  /** Aliased fields, fragments included as often as they are spread: what makes one field many. */
  aliases: 60,
  /**
   * Fields that the answer may have, lists multiplied by their length (as asked for, or a usual one), long texts counted
   * tenfold, and what takes a statement of its own a hundredfold: what one operation may make the server read, hold and
   * write.
   */
  cost: 20_000,
  /** The same for what is asked about the schema, which is held in memory: the usual query of a tool takes about half of it. */
  introspection: 200_000,
  /** Fields below one another in what is asked about the schema; that same query needs 15. */
  introspectionDepth: 20,
  /** Objects and lists within one another in variables. A payload may be 64 levels deep, and is told so itself. */
  variablesDepth: 128,
  /** Bytes of the message or body that begins a subscription: it is kept for as long as that runs. */
  subscriptionBytes: 16_384,
} as const;

/** One of {@link GUARD_LIMITS}. */
export type GuardLimit = keyof typeof GUARD_LIMITS;

/** What whoever is over a limit is told. */
export const GUARD_SAYS: Readonly<Record<GuardLimit, (maximum: number) => string>> = {
  characters: (maximum) =>
    `This document is longer than ${maximum} characters; send large inputs as variables.`,
  tokens: (maximum) => `This document has more than ${maximum} tokens; send large inputs as variables.`,
  nesting: (maximum) => `This document nests brackets deeper than ${maximum} levels.`,
  fields: (maximum) => `This document has more than ${maximum} fields; send several operations.`,
  duplicates: (maximum) => `This document repeats a field more than ${maximum} times side by side.`,
  operations: (maximum) => `This document has more than ${maximum} operations; send those that are run.`,
  fragments: (maximum) => `This document defines more than ${maximum} fragments; send several operations.`,
  spreads: (maximum) =>
    `This document spreads fragments in more than ${maximum} places; send several operations.`,
  directives: (maximum) => `This document has more than ${maximum} directives.`,
  directivesInPlace: (maximum) => `This document has more than ${maximum} directives at one place.`,
  depth: (maximum) => `This operation nests fields deeper than ${maximum} levels.`,
  rootFields: (maximum) => `This operation has more than ${maximum} root fields; send several operations.`,
  mutationFields: (maximum) => `This mutation has more than ${maximum} root fields; send several operations.`,
  decisions: (maximum) =>
    `A mutation decides ${maximum === 1 ? "one ticket" : `${maximum} tickets`}; send an operation for each decision.`,
  aliases: (maximum) => `This operation has more than ${maximum} aliases; send several operations.`,
  cost: (maximum) =>
    `This operation asks for more than a cost of ${maximum}; ask for fewer or shorter pages.`,
  introspection: (maximum) =>
    `This operation asks for more of the schema than a cost of ${maximum}; ask for less at a time.`,
  introspectionDepth: (maximum) =>
    `This operation nests what it asks of the schema deeper than ${maximum} levels.`,
  variablesDepth: (maximum) => `These variables nest deeper than ${maximum} levels.`,
  subscriptionBytes: (maximum) =>
    `A subscription is asked for in at most ${maximum} bytes, its variables included.`,
};
