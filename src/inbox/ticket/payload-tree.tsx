import { useMemo } from "react";
import { JsonView } from "react-json-view-lite";
import { displayTree } from "./display-tree.js";
import "./payload-tree.css";

const STYLE = {
  container: "payload-tree",
  basicChildStyle: "payload-tree-child",
  childFieldsContainer: "payload-tree-children",
  label: "payload-tree-label",
  clickableLabel: "payload-tree-label payload-tree-clickable",
  nullValue: "payload-tree-other",
  undefinedValue: "payload-tree-other",
  numberValue: "payload-tree-number",
  stringValue: "payload-tree-string",
  booleanValue: "payload-tree-other",
  otherValue: "payload-tree-other",
  punctuation: "payload-tree-punctuation",
  expandIcon: "payload-tree-icon payload-tree-closed",
  collapseIcon: "payload-tree-icon payload-tree-open",
  collapsedContent: "payload-tree-collapsed",
  stringifyStringValues: true,
  ariaLables: { collapseJson: "Collapse", expandJson: "Expand" },
};

/** Levels that are open at first, in a payload of few members and in one of many. */
const OPEN_LEVELS = { few: 3, many: 1 };
const FEW = 150;

/** A payload as a tree that opens branch by branch. */
export function PayloadTree({ payload }: { readonly payload: Readonly<Record<string, unknown>> }) {
  const tree = useMemo(() => displayTree(payload) as object, [payload]);
  const levels = useMemo(() => (countsMore(payload, FEW) ? OPEN_LEVELS.many : OPEN_LEVELS.few), [payload]);
  return (
    <JsonView data={tree} style={STYLE} shouldExpandNode={(level) => level < levels} aria-label="Payload" />
  );
}

/** Whether there are more members in it than that, at any depth. */
function countsMore(value: unknown, most: number): boolean {
  const open: unknown[] = [value];
  let count = 0;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    count += 1;
    if (count > most) return true;
    if (typeof one === "object" && one !== null) {
      for (const member of Object.values(one)) if (member !== undefined) open.push(member);
    }
  }
  return false;
}
