import { notFound } from "../../domain/domain-error.js";
import type { StoredTicket } from "../../persistence/rows.js";
import type { RequestContext } from "../request-context.js";
import { isTypeId } from "../type-ids.js";

/**
 * The ticket of that id.
 * @throws DomainError NOT_FOUND where there is none that the viewer may see
 */
export async function ticketOrRefusal(context: RequestContext, id: string): Promise<StoredTicket> {
  const ticket = isTypeId("ticket", id) ? await context.loaders.tickets.load(id) : undefined;
  if (ticket === undefined) throw notFound("ticket");
  return ticket;
}
