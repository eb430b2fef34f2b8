import { useEffect, useState } from "react";
import { useClient } from "urql";
import { Link, useLocation } from "wouter";
import { TicketsDocument } from "../api/generated.js";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { useSession } from "../shell/session.js";
import { visible } from "../ticket/text/visible-text.js";
import { nextToDecide } from "../ticket/walk.js";

/** Pending tickets that are looked through for one that the viewer may decide. */
const LOOKED_THROUGH = 50;

interface Next {
  readonly id: string;
  readonly title: string;
}

/** The way on, once a ticket is signed: `n`. */
export function NextTicket({ after }: { readonly after: string }) {
  const { list } = useSession();
  const [, navigate] = useLocation();
  const next = useNext(after);
  const href = next === undefined || next === "none" ? list.address : `/tickets/${next.id}`;
  const go = () => {
    if (next === undefined) return;
    if (next !== "none") list.selected = next.id;
    navigate(href);
  };
  useShortcuts([{ keys: "n", label: "Next ticket to decide on", run: go }], "Deciding");
  if (next === undefined) return null;
  if (next === "none") {
    return (
      <Link href={href}>
        Back to the list: nothing else waits for you <kbd>n</kbd>
      </Link>
    );
  }
  return (
    <Link href={href} className="decide-next">
      Next ticket: <bdi>{visible(next.title)}</bdi> <kbd>n</kbd>
    </Link>
  );
}

/** What comes next in the list that one works through; without one, or at its end, the most urgent of all. */
function useNext(after: string): Next | "none" | undefined {
  const client = useClient();
  const { list } = useSession();
  const [next, setNext] = useState<Next | "none">();
  useEffect(() => {
    let wanted = true;
    const listed = list.row(nextToDecide(list, after) ?? "");
    if (listed !== undefined) {
      setNext({ id: listed.id, title: listed.proposal.title });
      return;
    }
    void client
      .query(
        TicketsDocument,
        { filter: { status: ["PENDING"], snoozed: false }, orderBy: "PRIORITY", first: LOOKED_THROUGH },
        { requestPolicy: "network-only" },
      )
      .toPromise()
      .then(({ data }) => {
        const found = data?.tickets.edges.find(({ node }) => node.viewerCanDecide && node.id !== after)?.node;
        if (wanted) setNext(found === undefined ? "none" : { id: found.id, title: found.proposal.title });
      });
    return () => {
      wanted = false;
    };
  }, [client, list, after]);
  return next;
}
