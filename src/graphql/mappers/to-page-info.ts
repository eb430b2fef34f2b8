import type { PageInfo } from "../types/page-info.js";

/** Where a page stands: it was read with one entry more than was asked for, and that entry left out again. */
export function toPageInfo(
  edges: readonly { readonly cursor: string }[],
  { hasNextPage, hasPreviousPage }: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
): PageInfo {
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
}
