import {
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";
import { DomainError } from "../domain/domain-error.js";
import { LIMITS } from "../domain/limits.js";

/** Bounds of one operation; beyond any of them it is refused with QUERY_TOO_COMPLEX before it runs, over any transport. */
export const GUARD_LIMITS = {
  /** Lexical tokens of the document, counted while it is parsed. Large inputs belong into variables. */
  tokens: 5_000,
  /** Fields below one another. What introspection nests is bounded by graphql's own rule. */
  depth: 15,
  /** Fields of the operation itself, fragments included. */
  rootFields: 20,
  /** Aliased fields, fragments included as often as they are spread. */
  aliases: 60,
  /**
   * Fields that the answer may have, lists multiplied by their length (as asked for, or a usual one) and long texts counted
   * tenfold: what one operation may make the server read, hold and write.
   */
  cost: 20_000,
} as const;

/** What is measured of a parsed operation. */
type Guard = Exclude<keyof typeof GUARD_LIMITS, "tokens">;

/** How far a selection reaches, in the words of {@link GUARD_LIMITS}; rootFields are its own, not those below. */
type Extent = Readonly<Record<Guard, number>>;

const SAYS: Readonly<Record<Guard, (limit: number) => string>> = {
  depth: (limit) => `This operation nests fields deeper than ${limit} levels.`,
  rootFields: (limit) => `This operation has more than ${limit} root fields; send several operations.`,
  cost: (limit) => `This operation asks for more than a cost of ${limit}; ask for fewer or shorter pages.`,
  aliases: (limit) => `This operation has more than ${limit} aliases; send several operations.`,
};

const NOTHING: Extent = { depth: 0, rootFields: 0, aliases: 0, cost: 0 };

/** Fields that may hold long texts or large objects, and what each counts. */
const WEIGHTS: Readonly<Record<string, number>> = { payload: 10, detail: 10, data: 10, receipt: 5 };
/** Lists without pages, and how long they usually are. */
const USUAL_LENGTH: Readonly<Record<string, number>> = { proposals: 10, reviews: 10, comments: 10 };
/** Pages, of which `first` says the length. */
const PAGES: ReadonlySet<string> = new Set(["tickets", "auditTrail"]);
const DEFAULT_PAGE = 50;

/** A validation rule that holds each operation against {@link GUARD_LIMITS}. */
export function guardRule(context: ValidationContext): ASTVisitor {
  const measure = measurer((name) => context.getFragment(name));
  return {
    OperationDefinition(operation) {
      const extent = measure(operation.selectionSet);
      for (const guard of Object.keys(SAYS) as Guard[]) {
        if (extent[guard] > GUARD_LIMITS[guard]) context.reportError(tooComplex(operation, guard));
      }
    },
  };
}

function tooComplex(operation: OperationDefinitionNode, guard: Guard): GraphQLError {
  const maximum = GUARD_LIMITS[guard];
  const message = SAYS[guard](maximum);
  return new GraphQLError(message, {
    nodes: operation,
    originalError: new DomainError("QUERY_TOO_COMPLEX", message, { limit: guard, maximum }),
  });
}

/** Measures selections; each fragment once, however often it is spread, so that the work stays linear. */
function measurer(
  fragment: (name: string) => FragmentDefinitionNode | null | undefined,
): (set: SelectionSetNode) => Extent {
  const known = new Map<string, Extent>();

  function ofFragment(name: string): Extent {
    const earlier = known.get(name);
    if (earlier !== undefined) return earlier;
    // Stands until it is measured, so that a circle ends here; another rule refuses it.
    known.set(name, NOTHING);
    const found = fragment(name);
    const extent = found ? ofSet(found.selectionSet) : NOTHING;
    known.set(name, extent);
    return extent;
  }

  function ofSet({ selections }: SelectionSetNode): Extent {
    let { depth, rootFields, aliases, cost } = NOTHING;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const introspects = selection.name.value === "__schema" || selection.name.value === "__type";
        const below = selection.selectionSet && !introspects ? ofSet(selection.selectionSet) : NOTHING;
        depth = Math.max(depth, below.depth + 1);
        rootFields += 1;
        aliases += below.aliases + (selection.alias === undefined ? 0 : 1);
        cost += lengthOf(selection) * ((WEIGHTS[selection.name.value] ?? 1) + below.cost);
      } else {
        const spread =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(selection.name.value)
            : ofSet(selection.selectionSet);
        depth = Math.max(depth, spread.depth);
        rootFields += spread.rootFields;
        aliases += spread.aliases;
        cost += spread.cost;
      }
    }
    return { depth, rootFields, aliases, cost };
  }

  return ofSet;
}

/** How many of it the answer may hold; where a variable says, as many as there can be. */
function lengthOf({ name, arguments: given = [] }: FieldNode): number {
  if (!PAGES.has(name.value)) return USUAL_LENGTH[name.value] ?? 1;
  const first = given.find((argument) => argument.name.value === "first")?.value;
  if (first === undefined) return DEFAULT_PAGE;
  if (first.kind !== Kind.INT) return LIMITS.pageSize;
  return Math.max(1, Math.min(Number(first.value), LIMITS.pageSize));
}
