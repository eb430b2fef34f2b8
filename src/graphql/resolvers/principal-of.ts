import type { RequestContext } from "../request-context.js";
import type { Principal } from "../types/principal.js";

/**
 * The principal of that id as it is called now.
 * @throws Error where the workspace has none: principals are never deleted, so the database is damaged
 */
export async function principalOf(context: RequestContext, id: string): Promise<Principal> {
  const principal = await context.loaders.principals.load(id);
  if (principal === undefined) throw new Error(`principal ${id} is missing`);
  return principal;
}
