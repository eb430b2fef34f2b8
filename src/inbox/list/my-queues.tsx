import { useSession } from "../shell/session.js";

/** Queues that are named; of more, only how many. */
const NAMED = 4;

/** Where this person decides; nothing for whoever decides nowhere by their role. */
export function MyQueues() {
  const { roles, queues } = useSession().viewer;
  if (!roles.includes("REVIEWER")) return null;
  return <p className="list-queues">{inWords(queues)}</p>;
}

/** What there is to do for a reviewer whose list is empty because they work nowhere. */
export function NoQueue() {
  return (
    <div className="list-nothing" role="status">
      <p>You review no queue yet, so no ticket comes to you.</p>
      <p className="list-quiet">
        Ask an admin of this workspace to give you one. Where your organisation’s sign-in says which queues
        are yours, ask whoever runs that. Then sign in again.
      </p>
    </div>
  );
}

function inWords(queues: readonly string[] | null): string {
  if (queues === null) return "You review every queue.";
  if (queues.length === 0) return "You review no queue.";
  const more = queues.length - NAMED;
  return more > 0
    ? `Your queues: ${queues.slice(0, NAMED).join(", ")} and ${more} more`
    : `Your queues: ${queues.join(", ")}`;
}
