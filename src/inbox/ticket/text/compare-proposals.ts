import { type Comparison, compare } from "./compare.js";
import { prettyJson } from "./pretty-json.js";
import { visible } from "./visible-text.js";

/** What of a proposal is signed. */
export interface ProposalContent {
  readonly title: string;
  readonly detail: string | null;
  readonly payload: Readonly<Record<string, unknown>> | null;
}

/** Two proposals, part by part; a part that is the same in both is null. */
export interface ProposalComparison {
  readonly title: Comparison | null;
  readonly detail: Comparison | null;
  readonly payload: Comparison | null;
}

/** Compares what is signed, with what nobody would see written out; the payloads as canonical text. */
export function compareProposals(before: ProposalContent, after: ProposalContent): ProposalComparison {
  const part = (one: string, other: string) => (one === other ? null : compare(visible(one), visible(other)));
  const json = (payload: ProposalContent["payload"]) => (payload === null ? "" : prettyJson(payload));
  return {
    title: part(before.title, after.title),
    detail: part(before.detail ?? "", after.detail ?? ""),
    payload: part(json(before.payload), json(after.payload)),
  };
}
