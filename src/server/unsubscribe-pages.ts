import { page, text } from "./plain-page.js";

/** What a link is about, in words. */
export interface LinkSubject {
  readonly workspace: string;
  /** Null for all mail. */
  readonly queue: string | null;
}

/** The body that mail programs send by themselves (RFC 8058, 3.2); the page's own button sends the same. */
export const ONE_CLICK = { name: "List-Unsubscribe", value: "One-Click" } as const;

/** Where a link leads: opening it changes nothing, the button does. Mail scanners open links, but press no buttons. */
export function askPage(subject: LinkSubject): string {
  return page(
    "No more mail",
    `<p>Shall there be no more mail to you ${about(subject)}?</p>` +
      `<form method="post"><input type="hidden" name="${ONE_CLICK.name}" value="${ONE_CLICK.value}">` +
      "<button>No more mail</button></form>" +
      `<p><small>Nothing else changes: tickets still wait in the inbox. ${MORE}</small></p>`,
  );
}

/** @param undo what takes it back; undefined where there is nothing to take back */
export function switchedOffPage(subject: LinkSubject, undo: string | undefined): string {
  return page(
    "No more mail",
    `<p role="status">There is no more mail to you ${about(subject)}.</p>` +
      (undo === undefined || undo.length > MOST_UNDONE
        ? ""
        : `<form method="post"><input type="hidden" name="undo" value="${text(undo)}">` +
          '<button class="plain">Undo: mail me as before</button></form>') +
      `<p><small>${MORE}</small></p>`,
  );
}

export function takenBackPage(subject: LinkSubject): string {
  return page(
    "Mail as before",
    `<p role="status">You are mailed ${about(subject)} as you were before.</p><p><small>${MORE}</small></p>`,
  );
}

/** It says nothing of why, nor of anybody. */
export function noLinkPage(message: string): string {
  return page(
    "No more mail",
    `<div class="problem" role="alert"><p>${text(message)}</p></div><p>${MORE}</p>`,
  );
}

/** Characters of the form field that takes it back: far below what a form may have. */
const MOST_UNDONE = 4_000;

const MORE =
  'What you are mailed, and when, can be changed under <a href="/notifications">Notifications</a>.';

function about({ workspace, queue }: LinkSubject): string {
  const where = `in the workspace <strong><bdi>${text(workspace)}</bdi></strong>`;
  return queue === null
    ? `about any queue ${where}`
    : `about the queue <strong><bdi>${text(queue)}</bdi></strong> ${where}`;
}
