import { badInput } from "../../domain/domain-error.js";
import { LIMITS } from "../../domain/limits.js";
import type { TicketCriteria } from "../../persistence/ticket-listing.js";
import type { TicketFilter } from "../inputs/ticket-filter.js";
import { isTypeId } from "../type-ids.js";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Asked for by what cannot exist, such as a malformed id. */
const NOTHING: TicketCriteria = { statuses: [] };

/**
 * A filter as the listing takes it. Ids and digests that cannot be any simply match nothing.
 * @throws DomainError BAD_USER_INPUT where a list or the search is too long
 */
export function toTicketCriteria(filter: TicketFilter | null | undefined): TicketCriteria {
  if (filter === null || filter === undefined) return {};
  const { status, queue, priority, assigneeId, submittedById, search, dueBefore, snoozed, digest } = filter;
  const lists = { status, queue, priority };
  for (const [name, list] of Object.entries(lists)) {
    if ((list?.length ?? 0) > LIMITS.filterList) {
      throw badInput(`filter.${name}`, `filter.${name} may have at most ${LIMITS.filterList} entries.`);
    }
  }
  const words = wordsOf(search ?? "");
  const impossible =
    [assigneeId, submittedById].some((id) => typeof id === "string" && !isTypeId("principal", id)) ||
    (typeof digest === "string" && !DIGEST.test(digest));
  if (impossible) return NOTHING;
  return {
    ...(status ? { statuses: status } : {}),
    ...(queue ? { queues: queue } : {}),
    ...(priority ? { priorities: priority } : {}),
    ...(assigneeId ? { assigneeId } : {}),
    ...(submittedById ? { submittedBy: submittedById } : {}),
    ...(words.length > 0 ? { words } : {}),
    ...(dueBefore ? { dueBefore: dueBefore.getTime() } : {}),
    ...(typeof snoozed === "boolean" ? { snoozed } : {}),
    ...(digest ? { digest } : {}),
  };
}

/** The words of a search in the form in which proposals are searched. A search without words asks for nothing. */
function wordsOf(search: string): readonly string[] {
  if (search.length > LIMITS.searchLength) {
    throw badInput("filter.search", `filter.search must be at most ${LIMITS.searchLength} characters long.`);
  }
  // A NUL would end the pattern early on SQLite.
  const words = search
    .normalize("NFKC")
    .toLowerCase()
    .split(/[\s\0]+/u)
    .filter((word) => word !== "");
  if (words.length > LIMITS.searchWords) {
    throw badInput("filter.search", `filter.search may have at most ${LIMITS.searchWords} words.`);
  }
  return words;
}
