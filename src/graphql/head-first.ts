import {
  defaultFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { headBeforeReading, type RequestContext } from "./request-context.js";

const FIELD = "ledgerCursor";

/**
 * Makes every query field wait for the ledger's head to be read first, in operations that select a ledgerCursor: the
 * cursor must be no later than anything that the answer shows, and root fields are read side by side.
 */
export function readHeadFirst(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (root, args, context: RequestContext, info) => {
      if (context.actor === null || !selectsCursor(info)) return resolve(root, args, context, info);
      return headBeforeReading(context).then(() => resolve(root, args, context, info));
    };
  }
}

/** By operation: parsed documents are cached, so this is worked out once for each. */
const known = new WeakMap<OperationDefinitionNode, boolean>();

function selectsCursor({ operation, fragments }: GraphQLResolveInfo): boolean {
  let selected = known.get(operation);
  if (selected === undefined) {
    // A fragment that another operation of the document uses counts too: reading the head in vain does no harm.
    selected = [operation, ...Object.values(fragments)].some(({ selectionSet }) => mentions(selectionSet));
    known.set(operation, selected);
  }
  return selected;
}

function mentions({ selections }: SelectionSetNode): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
    if (selection.kind === Kind.FIELD && selection.name.value === FIELD) return true;
    return selection.selectionSet !== undefined && mentions(selection.selectionSet);
  });
}
