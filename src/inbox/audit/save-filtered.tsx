import { useEffect, useRef, useState } from "react";
import { BusyButton } from "../desk/busy-button.tsx";
import { wordsOf } from "../desk/desk-client.js";
import type { AuditEvent } from "./audit-event.js";
import { COLLECTED, collectEvents } from "./collect-events.js";
import { asCsv, asJsonLines, saveFile } from "./listed-file.js";
import type { TrailFilter } from "./use-trail.js";

interface SaveFilteredProps {
  readonly filter: TrailFilter;
  readonly wanted: (event: AuditEvent) => boolean;
}

const FORMATS = [
  { says: "Filtered as CSV", ending: "csv", type: "text/csv;charset=utf-8", write: asCsv },
  { says: "Filtered as JSON Lines", ending: "jsonl", type: "application/x-ndjson", write: asJsonLines },
] as const;

/** Saves everything that the filter lets through, also what is not listed yet. */
export function SaveFiltered({ filter, wanted }: SaveFilteredProps) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const save = async ({ ending, type, write }: (typeof FORMATS)[number]): Promise<void> => {
    setBusy(true);
    try {
      const collected = await collectEvents(filter, wanted, (looked) => {
        setSaid(`Collecting: ${looked.toLocaleString()} events looked at …`);
        return here.current;
      });
      if (collected === undefined) return;
      const { events, whole } = collected;
      saveFile(
        `countersign-filtered-${new Date().toISOString().slice(0, 10)}.${ending}`,
        type,
        write(events),
      );
      setSaid(
        whole
          ? `Saved ${events.length.toLocaleString()} event${events.length === 1 ? "" : "s"}.`
          : `Saved the newest ${COLLECTED.toLocaleString()} only: ask for less, or take the whole record.`,
      );
    } catch (error) {
      setSaid(`Nothing was saved. ${wordsOf(error)}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {FORMATS.map((format) => (
        <BusyButton key={format.ending} says={format.says} busy={busy} onPress={() => void save(format)} />
      ))}
      <span role="status" className="audit-saved">
        {said}
      </span>
    </>
  );
}
