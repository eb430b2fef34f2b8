import { lazy, Suspense, useMemo, useState } from "react";
import { useShortcuts } from "../keyboard/use-shortcuts.js";
import { prettyJson } from "./text/pretty-json.js";
import { visible } from "./text/visible-text.js";

const PayloadTree = lazy(async () => ({ default: (await import("./payload-tree.tsx")).PayloadTree }));

/** What a machine will act on: as a tree, or as the JSON that is signed. */
export function PayloadView({ payload }: { readonly payload: Readonly<Record<string, unknown>> | null }) {
  const [raw, setRaw] = useState(false);
  const turn = (): void => setRaw((before) => !before);
  useShortcuts([{ keys: "v", label: "Payload as raw JSON, or as a tree", run: turn }]);
  const text = useMemo(() => (raw ? visible(prettyJson(payload)) : ""), [payload, raw]);
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
      {payload !== null && raw && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre className="ticket-raw" tabIndex={0}>
          {text}
        </pre>
      )}
      {payload !== null && !raw && (
        <Suspense fallback={<p>Loading …</p>}>
          <PayloadTree payload={payload} />
        </Suspense>
      )}
    </section>
  );
}
