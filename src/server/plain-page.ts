import type { FastifyReply } from "fastify";

/** The pages' only style sheet. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; place-items: center; min-height: 100vh; background: Canvas; color: CanvasText; }
main { width: min(28rem, 100% - 2rem); padding: 2rem 0; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
p, dl { margin: 0 0 1rem; overflow-wrap: anywhere; }
dt { opacity: 0.75; font-size: 0.875rem; }
dd { margin: 0 0 0.5rem; }
form { margin: 0 0 0.75rem; }
button, a.button { box-sizing: border-box; display: block; width: 100%; padding: 0.75rem 1rem; border: 1px solid #1f4e8c;
  border-radius: 0.5rem; background: #1f4e8c; color: #fff; font: inherit; text-align: center; text-decoration: none;
  cursor: pointer; }
button.plain { background: transparent; color: inherit; border-color: currentcolor; }
button:focus-visible, a:focus-visible { outline: 3px solid #d97706; outline-offset: 2px; }
.problem { border-left: 4px solid #b91c1c; padding-left: 1rem; }
small { opacity: 0.75; }
`;

/** Where the style sheet is. */
export const STYLE_PATH = "/sign-in/page.css";

/** What a page that refuses something shows. */
export interface ShownProblem {
  readonly message: string;
  readonly requestId: string;
}

/** A page of plain HTML, without a script. @param onwards where the browser is sent on to by itself */
export function page(title: string, body: string, onwards?: string): string {
  const refresh = onwards === undefined ? "" : `<meta http-equiv="refresh" content="0;url=${text(onwards)}">`;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    `<meta name="viewport" content="width=device-width, initial-scale=1">${refresh}` +
    `<title>${title === "Countersign" ? title : `${text(title)} · Countersign`}</title><link rel="stylesheet" href="${STYLE_PATH}"></head>` +
    `<body><main><h1>${text(title)}</h1>${body}</main></body></html>`
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as text, wherever in a page it stands. */
export function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** What was refused, as a part of a page. */
export function problemHtml(problem: ShownProblem | undefined): string {
  if (problem === undefined) return "";
  return (
    `<div class="problem" role="alert"><p>${text(problem.message)}</p>` +
    `<p><small>Request ${text(problem.requestId)}</small></p></div>`
  );
}

const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Answers with a page, which nobody is to keep or frame. */
export function sendPage(reply: FastifyReply, html: string, status = 200): FastifyReply {
  return reply
    .code(status)
    .headers({
      "cache-control": "no-store",
      "content-security-policy": PAGE_POLICY,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    })
    .type("text/html; charset=utf-8")
    .send(html);
}
