import { createElement, Fragment, memo, type ReactNode } from "react";
import { useTextWorker } from "./in-worker.js";
import type { MarkdownElement, MarkdownNode } from "./markdown-nodes.js";
import "./markdown-view.css";
import { useDrawnParts } from "./use-drawn-parts.js";
import { visible } from "./visible-text.js";

/** What may be made of a piece of Markdown. Headings start below the page's own. */
const ELEMENTS: Readonly<Record<string, string>> = {
  p: "p",
  blockquote: "blockquote",
  pre: "pre",
  code: "code",
  em: "em",
  strong: "strong",
  del: "del",
  ul: "ul",
  ol: "ol",
  li: "li",
  table: "table",
  thead: "thead",
  tbody: "tbody",
  tr: "tr",
  th: "th",
  td: "td",
  br: "br",
  hr: "hr",
  sup: "sup",
  section: "div",
  h1: "h3",
  h2: "h4",
  h3: "h5",
  h4: "h6",
  h5: "h6",
  h6: "h6",
};

/** Blocks that are drawn at a time, so that a long text does not hold the page up. */
const STRIDE = 20;

/** A text as Markdown: no HTML of its own, no picture, and no link that does not say where it leads. */
export function MarkdownView({ text }: { readonly text: string }) {
  const worked = useTextWorker(text, { task: "markdown", text });
  if (worked.state === "done") return <Blocks key={text} nodes={worked.answer} />;
  return (
    <div aria-busy={worked.state === "working"}>
      {worked.state === "given up" && (
        <p className="markdown-note">
          This text is too involved to be laid out. It is shown as it was written.
        </p>
      )}
      <PlainText text={text} />
    </div>
  );
}

/** A text as it was written. */
export function PlainText({ text }: { readonly text: string }) {
  return (
    <div className="markdown-plain" dir="auto">
      {visible(text)}
    </div>
  );
}

function Blocks({ nodes }: { readonly nodes: readonly MarkdownNode[] }) {
  const drawn = useDrawnParts(Math.ceil(nodes.length / STRIDE));
  return (
    <div className="markdown" dir="auto">
      {Array.from({ length: drawn }, (_, part) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text never changes in place
        <Stride key={part} nodes={nodes} start={part * STRIDE} />
      ))}
    </div>
  );
}

const Stride = memo(
  ({ nodes, start }: { readonly nodes: readonly MarkdownNode[]; readonly start: number }) => (
    <div className="markdown-part">{drawAll(nodes.slice(start, start + STRIDE))}</div>
  ),
);

function drawAll(nodes: readonly MarkdownNode[]): ReactNode[] {
  // A text never changes in place: a new one is drawn anew.
  return nodes.map((node, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    typeof node === "string" ? node : <Fragment key={index}>{draw(node)}</Fragment>,
  );
}

function draw(node: MarkdownElement): ReactNode {
  const children = drawAll(node.children);
  if (node.tag === "a") return <OutwardLink address={node.href}>{children}</OutwardLink>;
  if (node.tag === "img") {
    const alternative = node.alternative || "picture without a description";
    return <OutwardLink address={node.source}>[{alternative}]</OutwardLink>;
  }
  if (node.tag === "input") return node.checked ? "☑ " : "☐ ";
  const tag = ELEMENTS[node.tag];
  if (tag === undefined) return children;
  if (tag === "pre" || tag === "table") {
    const inner = createElement(tag, null, ...children);
    return <Scroller label={tag === "pre" ? "Code" : "Table"}>{inner}</Scroller>;
  }
  const properties = tag === "ol" && node.start !== undefined ? { start: node.start } : null;
  return tag === "br" || tag === "hr" ? createElement(tag) : createElement(tag, properties, ...children);
}

/** What is too wide for the page scrolls by itself, by keyboard too. */
function Scroller({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="markdown-wide" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** A link that says which host it leads to; whatever is no address of the web or of mail stays text. */
function OutwardLink({
  address,
  children,
}: {
  readonly address: string | undefined;
  readonly children: ReactNode;
}) {
  const target = outward(address);
  if (target === undefined) return <span className="markdown-no-link">{children}</span>;
  return (
    <>
      <a href={target.href} rel="noreferrer noopener" target="_blank">
        {children}
      </a>
      <span className="markdown-host"> ({target.host || target.pathname})</span>
    </>
  );
}

function outward(address: string | undefined): URL | undefined {
  // Without a base: what is relative would lead into this page.
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return ["http:", "https:", "mailto:"].includes(url.protocol) ? url : undefined;
}
