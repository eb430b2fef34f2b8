import type { Actor } from "../domain/principal.js";

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

/**
 * Where people choose how to come in.
 * @param provider what the identity provider is known as, where there is one, and where signing in there begins
 */
export function signInPage(
  provider: { readonly name: string; readonly address: string } | undefined,
  problem?: ShownProblem,
): string {
  const ways =
    provider === undefined
      ? "<p>Open the link that you were sent. It works once, for 15 minutes; whoever manages your workspace can send you another one.</p>"
      : `<p><a class="button" href="${text(provider.address)}">Sign in with ${text(provider.name)}</a></p>` +
        "<p>Or open the sign-in link that you were sent.</p>";
  return page("Sign in", problemHtml(problem) + ways);
}

/** Where a link leads: opening it uses nothing up, the button does. Mail scanners open links, but press no buttons. */
export function linkPage(link: string, who: { readonly name: string; readonly workspace: string }): string {
  return page(
    "Sign in",
    `<p>You are about to sign in as <strong><bdi>${text(who.name)}</bdi></strong> in the workspace ` +
      `<strong><bdi>${text(who.workspace)}</bdi></strong>.</p>` +
      `<form method="post" action="/sign-in"><input type="hidden" name="link" value="${text(link)}">` +
      "<button>Sign in</button></form><p><small>This link works once. If you did not ask for it, close this page.</small></p>",
  );
}

interface HomeOptions {
  readonly workspace: string;
  readonly playground: boolean;
  /** Whether there is an inbox to go to. */
  readonly inbox: boolean;
}

/** Where somebody who is signed in sees as what. */
export function homePage(actor: Actor, { workspace, playground, inbox }: HomeOptions): string {
  const queues = actor.queues === null ? "all" : actor.queues.join(", ");
  const facts = [
    ["Signed in as", actor.name],
    ["Workspace", workspace],
    ["Roles", actor.roles.join(", ").toLowerCase()],
    ["Queues", queues],
  ].map(([name, value]) => `<dt>${text(name ?? "")}</dt><dd><bdi>${text(value ?? "")}</bdi></dd>`);
  const work = inbox ? '<p><a class="button" href="/">Go to the inbox</a></p>' : "";
  const open = playground ? '<p><a href="/playground">Open the playground</a></p>' : "";
  return page(
    "Countersign",
    `<dl>${facts.join("")}</dl>${work}${open}` +
      '<form method="post" action="/sign-out"><button class="plain">Sign out</button></form>' +
      '<form method="post" action="/sign-out"><input type="hidden" name="everywhere" value="true">' +
      '<button class="plain">Sign out on every device</button></form>',
  );
}

/**
 * Sends the browser on by itself. A redirect would not do where another site's page led here, such as the provider's or a
 * mail on the web: it still counts as coming from there, so that the session's cookie, being Strict, would not go along.
 */
export function onwardsPage(title: string, to: string): string {
  return page(title, `<p><a class="button" href="${text(to)}">Go on</a></p>`, to);
}

function problemHtml(problem: ShownProblem | undefined): string {
  if (problem === undefined) return "";
  return (
    `<div class="problem" role="alert"><p>${text(problem.message)}</p>` +
    `<p><small>Request ${text(problem.requestId)}</small></p></div>`
  );
}

function page(title: string, body: string, onwards?: string): string {
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
function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
