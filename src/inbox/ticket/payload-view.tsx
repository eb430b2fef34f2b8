import { memo, useMemo, useState } from "react";
import { fetched } from "../fetched.tsx";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { prettyJson } from "./text/pretty-json.js";
import { useDrawnParts } from "./text/use-drawn-parts.js";
import { visible } from "./text/visible-text.js";

const PayloadTree = fetched(async () => (await import("./payload-tree.tsx")).PayloadTree, <p>Loading …</p>);

/** What a machine will act on: as a tree, or as the JSON that is signed. */
export function PayloadView({ payload }: { readonly payload: Readonly<Record<string, unknown>> | null }) {
  const [raw, setRaw] = useState(false);
  const turn = (): void => setRaw((before) => !before);
  useShortcuts([{ keys: "v", label: "Payload as raw JSON, or as a tree", run: turn }]);
  return (
    <section className="ticket-section" aria-labelledby="ticket-payload">
      <div className="ticket-heading">
        <h2 id="ticket-payload">Payload</h2>
        {payload !== null && (
          <button type="button" className="ticket-small" aria-pressed={raw} onClick={turn}>
            Raw JSON <kbd>v</kbd>
          </button>
        )}
      </div>
      {payload === null && <p className="ticket-quiet">There is none: this proposal is text alone.</p>}
      {payload !== null && raw && <RawPayload payload={payload} />}
      {payload !== null && !raw && <PayloadTree payload={payload} />}
    </section>
  );
}

/** Lines that are drawn at a time, and left out together where they are not on screen. */
const LINES = 200;

function RawPayload({ payload }: { readonly payload: Readonly<Record<string, unknown>> }) {
  const parts = useMemo(() => partsOf(visible(prettyJson(payload))), [payload]);
  const drawn = useDrawnParts(parts.length);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre className="ticket-raw" tabIndex={0}>
      {parts.slice(0, drawn).map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part has nothing but its place
        <RawPart key={index} text={part} />
      ))}
    </pre>
  );
}

const RawPart = memo(({ text }: { readonly text: string }) => (
  <span className="ticket-raw-part">{text}</span>
));

/** A text in parts of whole lines, each but the last with the end of its last line. */
function partsOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const parts: string[] = [];
  for (let start = 0; start < lines.length; start += LINES) {
    const end = start + LINES < lines.length ? "\n" : "";
    parts.push(`${lines.slice(start, start + LINES).join("\n")}${end}`);
  }
  return parts;
}
