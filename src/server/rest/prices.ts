import type { GraphQLSchema } from "graphql";
import { prepareOperation } from "../../graphql/operation.js";
import { pageSize } from "../../graphql/page-size.js";

/** What requests of the REST facade take, in points of the rate limit: as much as the same over GraphQL. */
export interface Prices {
  /** Of whatever is about one ticket. */
  readonly ticket: number;
  /** Of a page of that many. */
  tickets(first: number | undefined): number;
  events(first: number | undefined): number;
}

const PRINCIPAL = "{ id name kind }";
const TICKET = `{
  id status queue priority approvalsRequired submittedAt updatedAt dueAt expiresAt
  submittedBy ${PRINCIPAL} assignee ${PRINCIPAL}
  proposal { title detail payload digest }
  decision { revision comments decidedAt cursor receipt decidedBy ${PRINCIPAL} }
  reviews { reviewer ${PRINCIPAL} revision outcome comments reviewedAt }
}`;
const ONE = `{ ticket(id: "-") ${TICKET} }`;
const PAGE = `query ($first: Int) { tickets(first: $first) { edges { node ${TICKET} } } }`;
const TRAIL = `query ($first: Int) {
  auditTrail(first: $first) {
    edges { node { sequence cursor type ticketId revision at data previousHash hash actor ${PRINCIPAL} } }
  }
}`;

/** Works them out from the operations that would ask for the same. */
export function pricesOf(schema: GraphQLSchema): Prices {
  const points = (query: string, variables = {}): number => {
    const read = () => prepareOperation(schema, { query, variables });
    // The first time, reading the document is in the price.
    const once = read();
    if ("errors" in once)
      throw new Error(`no operation has the price of a route: ${once.errors[0]?.message}`);
    return read().points;
  };
  const paged = (query: string): ((first: number | undefined) => number) => {
    const known = new Map<number, number>();
    return (first) => {
      const size = pageSize(first);
      const price = known.get(size) ?? points(query, { first: size });
      known.set(size, price);
      return price;
    };
  };
  return { ticket: points(ONE), tickets: paged(PAGE), events: paged(TRAIL) };
}
