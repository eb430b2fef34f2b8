import { isValidElement, type ReactNode } from "react";
import Markdown from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { visible } from "./visible-text.js";

/** A piece of rendered Markdown that can be sent from a worker: text, or an element with the few properties that are shown. */
export type MarkdownNode = string | MarkdownElement;

export interface MarkdownElement {
  /** A fragment has none. */
  readonly tag: string;
  readonly href?: string;
  readonly source?: string;
  readonly alternative?: string;
  readonly checked?: boolean;
  readonly start?: number;
  readonly children: readonly MarkdownNode[];
}

/** What of a tree of HTML (hast) matters here. */
interface TreeNode {
  type: string;
  children?: TreeNode[];
}

/** HTML stays as it was written, for all to read: what is left out would be signed unseen. */
function htmlAsText() {
  const turn = (node: TreeNode): void => {
    if (node.type === "raw") node.type = "text";
    for (const child of node.children ?? []) turn(child);
  };
  return turn;
}

/** Parses GitHub's Markdown, sanitised, its HTML as text; what nobody would see is written out. */
export function markdownNodes(text: string): readonly MarkdownNode[] {
  const nodes = nodesOf(
    Markdown({
      children: visible(text),
      remarkPlugins: [remarkGfm],
      rehypePlugins: [htmlAsText, rehypeSanitize],
    }),
  );
  return nodes.flatMap(split);
}

/** Entries of a list that is drawn in one go. */
const ENTRIES = 25;

/** A very long list in several, so that each is drawn by itself. */
function split(node: MarkdownNode): readonly MarkdownNode[] {
  if (typeof node === "string" || !["ul", "ol"].includes(node.tag)) return [node];
  const entries = node.children.filter((child) => typeof child !== "string");
  if (entries.length <= 4 * ENTRIES) return [node];
  const parts: MarkdownElement[] = [];
  for (let first = 0; first < entries.length; first += ENTRIES) {
    const start = node.tag === "ol" ? { start: (node.start ?? 1) + first } : {};
    parts.push({ ...node, ...start, children: entries.slice(first, first + ENTRIES) });
  }
  return parts;
}

function nodesOf(node: ReactNode): readonly MarkdownNode[] {
  if (typeof node === "string" || typeof node === "number") return [String(node)];
  if (Array.isArray(node)) return node.flatMap((one) => nodesOf(one as ReactNode));
  if (!isValidElement<Readonly<Record<string, unknown>>>(node)) return [];
  const { type, props } = node;
  const children = nodesOf(props["children"] as ReactNode);
  // Only fragments are not named.
  if (typeof type !== "string") return children;
  const { href, src, alt, checked, start } = props;
  return [
    {
      tag: type,
      ...(typeof href === "string" ? { href } : {}),
      ...(typeof src === "string" ? { source: src } : {}),
      ...(typeof alt === "string" ? { alternative: alt } : {}),
      ...(typeof checked === "boolean" ? { checked } : {}),
      ...(typeof start === "number" ? { start } : {}),
      children,
    },
  ];
}
