import type { Actor } from "../domain/principal.js";
import { page, problemHtml, type ShownProblem, text } from "./plain-page.js";

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
