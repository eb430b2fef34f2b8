import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";
import { DomainError } from "../domain/domain-error.js";

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
} as const;

/** What is measured of a parsed operation. */
type Guard = Exclude<keyof typeof GUARD_LIMITS, "tokens">;

/** How far a selection reaches, in the words of {@link GUARD_LIMITS}; rootFields are its own, not those below. */
type Extent = Readonly<Record<Guard, number>>;

const SAYS: Readonly<Record<Guard, (limit: number) => string>> = {
  depth: (limit) => `This operation nests fields deeper than ${limit} levels.`,
  rootFields: (limit) => `This operation has more than ${limit} root fields; send several operations.`,
  aliases: (limit) => `This operation has more than ${limit} aliases; send several operations.`,
};

const NOTHING: Extent = { depth: 0, rootFields: 0, aliases: 0 };

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
    let { depth, rootFields, aliases } = NOTHING;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const introspects = selection.name.value === "__schema" || selection.name.value === "__type";
        const below = selection.selectionSet && !introspects ? ofSet(selection.selectionSet) : NOTHING;
        depth = Math.max(depth, below.depth + 1);
        rootFields += 1;
        aliases += below.aliases + (selection.alias === undefined ? 0 : 1);
      } else {
        const spread =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(selection.name.value)
            : ofSet(selection.selectionSet);
        depth = Math.max(depth, spread.depth);
        rootFields += spread.rootFields;
        aliases += spread.aliases;
      }
    }
    return { depth, rootFields, aliases };
  }

  return ofSet;
}
