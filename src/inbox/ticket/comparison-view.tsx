import { memo, useMemo, useState } from "react";
import "./comparison-view.css";
import type { Comparison, Line, Row } from "./text/compare.js";
import type { ProposalContent } from "./text/compare-proposals.js";
import { useTextWorker, type Worked } from "./text/in-worker.js";
import type { TextAnswers } from "./text/text-task.js";
import { useDrawnParts } from "./text/use-drawn-parts.js";

const PARTS = [
  ["title", "Title"],
  ["detail", "Text"],
  ["payload", "Payload"],
] as const;

/** How a comparison of two proposals stands. */
export type Compared = Worked<TextAnswers["compare"]>;

/** Compares two proposals away from the page's own thread. */
export function useComparison(before: ProposalContent, after: ProposalContent | undefined): Compared {
  const key = useMemo(
    () => (after === undefined ? "" : JSON.stringify([contentOf(before), contentOf(after)])),
    [before, after],
  );
  return useTextWorker(
    key,
    after === undefined ? undefined : { task: "compare", before: contentOf(before), after: contentOf(after) },
  );
}

/** Whether the two are signed as the same. */
export function isSame(answer: TextAnswers["compare"]): boolean {
  return PARTS.every(([part]) => answer[part] === null);
}

function contentOf({ title, detail, payload }: ProposalContent): ProposalContent {
  return { title, detail, payload };
}

/** What differs between two proposals, side by side or in one column. */
export function ComparisonView({ compared }: { readonly compared: Compared }) {
  const [beside, setBeside] = useState(false);
  if (compared.state === "working") return <p className="ticket-quiet">Comparing …</p>;
  if (compared.state === "given up") {
    return (
      <p role="alert">These are too different to be compared here. Read the current revision as a whole.</p>
    );
  }
  const { answer } = compared;
  if (isSame(answer)) {
    return <p className="ticket-quiet">Nothing differs: title, text and payload are the same.</p>;
  }
  return (
    <div className="comparison">
      <fieldset className="comparison-modes">
        <legend className="ticket-hidden">How to show it</legend>
        <button
          type="button"
          className="ticket-small"
          aria-pressed={!beside}
          onClick={() => setBeside(false)}
        >
          Inline
        </button>
        <button type="button" className="ticket-small" aria-pressed={beside} onClick={() => setBeside(true)}>
          Side by side
        </button>
      </fieldset>
      {PARTS.map(([part, name]) => {
        const comparison = answer[part];
        return comparison === null ? null : (
          <PartView key={part} name={name} comparison={comparison} beside={beside} />
        );
      })}
    </div>
  );
}

function PartView(props: {
  readonly name: string;
  readonly comparison: Comparison;
  readonly beside: boolean;
}) {
  const { name, comparison, beside } = props;
  return (
    <>
      <h3 className="comparison-part">
        {name}{" "}
        <span className="ticket-quiet">
          {comparison.removed} removed, {comparison.added} added
        </span>
      </h3>
      {comparison.unmatched && (
        <p className="ticket-quiet">
          Too much differs to be matched line by line: first all of the old, then all of the new.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="comparison-lines" aria-label={`${name}, line by line`} tabIndex={0}>
        <RowsInParts rows={comparison.rows} beside={beside} />
      </section>
      {comparison.cut && <p className="ticket-quiet">There is more. Only the beginning is shown here.</p>}
    </>
  );
}

/** Rows of a table; a long comparison is several, since a part of a table cannot be left out where it is not on screen. */
const PART = 40;

function RowsInParts({ rows, beside }: { readonly rows: readonly Row[]; readonly beside: boolean }) {
  const drawn = useDrawnParts(Math.ceil(rows.length / PART));
  return Array.from({ length: drawn }, (_, part) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts have nothing but their place
    <RowsPart key={part} rows={rows} start={part * PART} beside={beside} />
  ));
}

const RowsPart = memo(function RowsPart(props: {
  readonly rows: readonly Row[];
  readonly start: number;
  readonly beside: boolean;
}) {
  const { rows, start, beside } = props;
  const part = rows.slice(start, start + PART);
  return (
    <div className="comparison-rows">
      <table className={beside ? "comparison-beside" : "comparison-inline"}>
        <tbody>{part.map((row) => (beside ? besideRow(row) : inlineRows(row)))}</tbody>
      </table>
    </div>
  );
});

function keyOf(row: Row): string {
  return "skipped" in row ? `from ${row.from}` : `${row.before?.number ?? "-"} ${row.after?.number ?? "-"}`;
}

function skippedRow(skipped: number, span: number, key: string) {
  return (
    <tr key={key} className="comparison-skipped">
      <td colSpan={span}>{skipped === 1 ? "1 line is the same" : `${skipped} lines are the same`}</td>
    </tr>
  );
}

function besideRow(row: Row) {
  if ("skipped" in row) return skippedRow(row.skipped, 4, keyOf(row));
  return (
    <tr key={keyOf(row)}>
      <Side line={row.before} kind={row.changed ? "removed" : "same"} />
      <Side line={row.after} kind={row.changed ? "added" : "same"} />
    </tr>
  );
}

function inlineRows(row: Row) {
  if ("skipped" in row) return [skippedRow(row.skipped, 2, keyOf(row))];
  const key = keyOf(row);
  if (!row.changed) {
    return [
      <tr key={key}>
        <Side line={row.after} kind="same" />
      </tr>,
    ];
  }
  return [
    row.before !== null && (
      <tr key={`${key} before`}>
        <Side line={row.before} kind="removed" />
      </tr>
    ),
    row.after !== null && (
      <tr key={`${key} after`}>
        <Side line={row.after} kind="added" />
      </tr>
    ),
  ];
}

const SIGNS = { same: "", removed: "−", added: "+" } as const;

function Side({ line, kind }: { readonly line: Line | null; readonly kind: keyof typeof SIGNS }) {
  if (line === null) {
    return (
      <>
        <td className="comparison-number" />
        <td className="comparison-none" />
      </>
    );
  }
  const Mark = kind === "removed" ? "del" : "ins";
  let at = 0;
  const pieces = line.pieces.map(({ text, changed }) => {
    const key = at;
    at += text.length + 1;
    return changed && kind !== "same" ? <Mark key={key}>{text}</Mark> : <span key={key}>{text}</span>;
  });
  return (
    <>
      <td className="comparison-number">
        {SIGNS[kind]} {line.number}
      </td>
      <td className={`comparison-text comparison-${kind}`}>{pieces}</td>
    </>
  );
}
