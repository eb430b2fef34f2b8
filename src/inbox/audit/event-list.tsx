import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { AuditEvent } from "./audit-event.js";
import { EventRow } from "./event-row.tsx";

interface EventListProps {
  readonly events: readonly AuditEvent[];
  /** Called when the reader comes near the end. */
  readonly onNearEnd: () => void;
}

const ROW_PX = 44;
const NEAR = 20;

/** The listed events; only those in sight are in the page. */
export function EventList({ events, onNearEnd }: EventListProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => events[index]?.sequence ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= events.length - NEAR) onNearEnd();
  }, [last, events.length, onNearEnd]);

  const toggle = (sequence: number): void => {
    setOpen((known) => {
      const next = new Set(known);
      if (!next.delete(sequence)) next.add(sequence);
      return next;
    });
  };
  return (
    <div className="audit-frame" ref={frame}>
      <ul
        className="audit-list"
        aria-label="Events, the newest first"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map((item) => {
          const event = events[item.index];
          return event === undefined ? null : (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              aria-setsize={events.length}
              aria-posinset={item.index + 1}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <EventRow
                event={event}
                open={open.has(event.sequence)}
                onToggle={() => toggle(event.sequence)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
