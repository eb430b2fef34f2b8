import {
  type ASTNode,
  type DocumentNode,
  Kind,
  Lexer,
  type SelectionSetNode,
  Source,
  TokenKind,
} from "graphql";
import { GUARD_LIMITS, type GuardLimit } from "./guard-limits.js";

/** How large a text is before it is parsed. */
export interface TextSize {
  /** Counted up to one more than there may be. */
  readonly tokens: number;
  /** The limit that it is over. */
  readonly over: GuardLimit | undefined;
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Goes over a document's tokens without parsing it: the parser would call itself for each bracket.
 * @throws GraphQLError where something is no token
 */
export function sizeOfText(text: string): TextSize {
  if (text.length > GUARD_LIMITS.characters) return { tokens: GUARD_LIMITS.tokens + 1, over: "characters" };
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  for (let tokens = 1; ; tokens += 1) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return { tokens, over: undefined };
    if (tokens > GUARD_LIMITS.tokens) return { tokens, over: "tokens" };
    if (OPENING.has(kind)) nesting += 1;
    else if (CLOSING.has(kind)) nesting -= 1;
    if (nesting > GUARD_LIMITS.nesting) return { tokens, over: "nesting" };
  }
}

/** The first limit that a document as it is written is over; to be asked before graphql's rules, whose work it bounds. */
export function overInShape(document: DocumentNode): GuardLimit | undefined {
  const counts = { fields: 0, operations: 0, fragments: 0, spreads: 0, directives: 0 };
  let over: GuardLimit | undefined;

  function directivesOf(node: ASTNode): void {
    const count = "directives" in node ? (node.directives?.length ?? 0) : 0;
    counts.directives += count;
    if (count > GUARD_LIMITS.directivesInPlace) over ??= "directivesInPlace";
  }

  // Inline fragments share the names of what is around them.
  function walk({ selections }: SelectionSetNode, names: Map<string, number>): void {
    for (const selection of selections) {
      directivesOf(selection);
      if (selection.kind !== Kind.FIELD) {
        counts.spreads += 1;
        if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, names);
        continue;
      }
      counts.fields += 1;
      const name = (selection.alias ?? selection.name).value;
      const times = (names.get(name) ?? 0) + 1;
      names.set(name, times);
      if (times > GUARD_LIMITS.duplicates) over ??= "duplicates";
      if (selection.selectionSet !== undefined) walk(selection.selectionSet, new Map());
    }
  }

  for (const definition of document.definitions) {
    directivesOf(definition);
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue;
    counts[definition.kind === Kind.OPERATION_DEFINITION ? "operations" : "fragments"] += 1;
    if (definition.kind === Kind.OPERATION_DEFINITION) definition.variableDefinitions?.forEach(directivesOf);
    walk(definition.selectionSet, new Map());
  }
  const exceeded = (Object.keys(counts) as (keyof typeof counts)[]).find(
    (limit) => counts[limit] > GUARD_LIMITS[limit],
  );
  return exceeded ?? over;
}

/** Whether objects and lists nest deeper than that. Looks no deeper either, so that no value is too deep to be refused. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels <= 0) return true;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) if (nestsDeeper(member, levels - 1)) return true;
  return false;
}
