import { useEffect, useState } from "react";
import { AssignableDocument, type AssignableQuery, type TicketDetailFragment } from "../api/generated.js";
import { ask, wordsOf } from "../desk/desk-client.js";

type Member = AssignableQuery["members"]["edges"][number]["node"];

/** Somebody who reviews in the ticket's queue. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Why they cannot be given this ticket all the same; undefined where they can. */
  readonly because: string | undefined;
}

/** Who there is, as far as it is known by now. */
export interface Assignable {
  readonly candidates: readonly Candidate[];
  readonly loading: boolean;
  readonly refusal: string;
}

const PAGE = 100;

/** Reads page by page who reviews in the ticket's queue; the first can be chosen before the last have come. */
export function useAssignable(ticket: TicketDetailFragment): Assignable {
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [end, setEnd] = useState<{ readonly refusal: string }>();
  useEffect(() => {
    let wanted = true;
    const read = async (): Promise<void> => {
      let after: string | null = null;
      do {
        const { members: page }: AssignableQuery = await ask(AssignableDocument, { first: PAGE, after });
        if (!wanted) return;
        const nodes = page.edges.map(({ node }) => node);
        setMembers((known) => [...known, ...nodes]);
        after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
      } while (after !== null);
      setEnd({ refusal: "" });
    };
    setMembers([]);
    setEnd(undefined);
    read().catch((error: unknown) => {
      if (wanted) setEnd({ refusal: wordsOf(error) });
    });
    return () => {
      wanted = false;
    };
  }, []);
  const candidates = members
    .filter(
      ({ kind, roles, queues }) =>
        kind === "HUMAN" && roles.includes("REVIEWER") && (queues?.includes(ticket.queue) ?? true),
    )
    .map(({ id, name, email }) => ({ id, name, email: email ?? "", because: reasonAgainst(ticket, id) }))
    .sort((one, other) => one.name.localeCompare(other.name));
  return { candidates, loading: end === undefined, refusal: end?.refusal ?? "" };
}

/** What of the reasons can be seen on the page; the server knows the others, such as who stands behind an agent's key. */
function reasonAgainst(ticket: TicketDetailFragment, id: string): string | undefined {
  if (ticket.assignee?.id === id) return "holds it now";
  if ([ticket.submittedBy.id, ticket.proposal.submittedBy.id].includes(id)) return "submitted it";
  const counts = ticket.reviews.some(
    ({ reviewer, revision, retractedAt }) =>
      reviewer.id === id && revision === ticket.revision && retractedAt === null,
  );
  return counts ? "has approved it" : undefined;
}
