import type { ProposalComparison, ProposalContent } from "./compare-proposals.js";
import type { MarkdownNode } from "./markdown-nodes.js";

/** What the worker is asked for. */
export type TextTask =
  | { readonly task: "markdown"; readonly text: string }
  | { readonly task: "compare"; readonly before: ProposalContent; readonly after: ProposalContent };

/** What the worker answers. */
export interface TextAnswers {
  readonly markdown: readonly MarkdownNode[];
  readonly compare: ProposalComparison;
}
