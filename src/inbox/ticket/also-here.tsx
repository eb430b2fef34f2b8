import { useEffect, useId, useRef, useState } from "react";
import { useSession } from "../shell/session.js";
import { useAnnounce } from "./announcer.tsx";
import "./also-here.css";
import { Moment } from "./moment.tsx";
import { visible } from "./text/visible-text.js";
import { useViewers, type Viewers } from "./use-viewers.js";

/** Names that are shown before "and 4 more". */
const SHOWN = 3;
/** How long somebody must have come or gone to be spoken of: who reloads their page does both within a second. */
const SETTLED_MS = 1_500;

type Other = Viewers["viewers"][number];

/** Who else has the ticket open right now; nothing when nobody does, or when it is not known. */
export function AlsoHere({ ticketId }: { readonly ticketId: string }) {
  const { viewer } = useSession();
  const seen = useViewers(ticketId);
  const others = seen?.viewers.filter(({ principal }) => principal.id !== viewer.principal.id);
  useSpoken(others);
  const [open, setOpen] = useState(false);
  const list = useId();
  if (seen === undefined || others === undefined || others.length === 0) return null;
  const more = seen.count - 1 - Math.min(SHOWN, others.length);
  const unlisted = seen.count - 1 - others.length;
  return (
    <div className="also-here">
      <button
        type="button"
        className="ticket-small also-here-button"
        aria-expanded={open}
        aria-controls={list}
        onClick={() => setOpen(!open)}
      >
        Also here: <Names others={others.slice(0, SHOWN)} />
        {more > 0 && ` and ${more} more`}
      </button>
      <ul id={list} hidden={!open} className="also-here-list">
        {others.map(({ principal, since }) => (
          <li key={principal.id}>
            <bdi>{visible(principal.name)}</bdi>, since <Moment at={since} />
          </li>
        ))}
        {unlisted > 0 && <li>and {unlisted} more</li>}
      </ul>
    </div>
  );
}

function Names({ others }: { readonly others: readonly Other[] }) {
  return others.map(({ principal }, index) => (
    <span key={principal.id}>
      {index > 0 && ", "}
      <bdi>{visible(principal.name)}</bdi>
    </span>
  ));
}

/** Says who came and who went, once for each change that lasts; what is not known changes nothing. */
function useSpoken(others: readonly Other[] | undefined): void {
  const announce = useAnnounce();
  const spoken = useRef<ReadonlyMap<string, string>>(new Map());
  const key = others?.map(({ principal }) => principal.id).join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that counts here
  useEffect(() => {
    if (others === undefined) return undefined;
    const timer = setTimeout(() => {
      const now = new Map(others.map(({ principal }) => [principal.id, visible(principal.name)]));
      const words = wordsOf(spoken.current, now);
      spoken.current = now;
      if (words !== "") announce(words);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [key, announce]);
}

function wordsOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string {
  const come = [...now].filter(([id]) => !before.has(id)).map(([, name]) => name);
  const gone = [...before].filter(([id]) => !now.has(id)).map(([, name]) => name);
  return [
    come.length > 0 ? `Also here now: ${briefly(come)}.` : "",
    gone.length > 0 ? `No longer here: ${briefly(gone)}.` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function briefly(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
