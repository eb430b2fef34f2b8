/** A revision of a ticket that its page has shown. */
export interface Opened {
  readonly revision: number;
  readonly digest: string;
}

const PREFIX = "countersign.opened.";
/** What a browser keeps: tickets of each person, and people. The oldest go first. */
const OPENED_LIMITS = { tickets: 1_000, people: 5 } as const;

interface Kept {
  readonly at: number;
  /** Id, revision and digest; what was opened last stands last. */
  readonly tickets: readonly (readonly [string, number, string])[];
}

const NOTHING: ReadonlyMap<string, Opened> = new Map();
let latest: { readonly text: string; readonly opened: ReadonlyMap<string, Opened> } | undefined;
const listeners = new Set<() => void>();

/** What this person has opened in this browser, by ticket; the same map until something is added. */
export function openedBy(principalId: string): ReadonlyMap<string, Opened> {
  const text = readText(PREFIX + principalId);
  if (text === null) return NOTHING;
  if (latest?.text !== text) {
    const opened = new Map(parse(text).tickets.map(([id, revision, digest]) => [id, { revision, digest }]));
    latest = { text, opened };
  }
  return latest.opened;
}

/** Remembers a revision that this person has been shown; earlier ones of that ticket are forgotten. */
export function rememberOpened(principalId: string, ticketId: string, { revision, digest }: Opened): void {
  const before = openedBy(principalId).get(ticketId);
  if (before?.revision === revision && before.digest === digest) return;
  const name = PREFIX + principalId;
  const others = parse(readText(name)).tickets.filter(([id]) => id !== ticketId);
  const kept: Kept = {
    at: Date.now(),
    tickets: [...others.slice(1 - OPENED_LIMITS.tickets), [ticketId, revision, digest]],
  };
  try {
    forgetOthers(name);
    localStorage.setItem(name, JSON.stringify(kept));
  } catch {
    // Where a browser keeps nothing, each ticket is decided on its own page.
  }
  for (const listener of listeners) listener();
}

/** Tells when something is opened, in another tab too. @returns what stops it */
export function listenToOpened(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}

function readText(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Whatever else may have written there: what is not as it should be counts as not opened. */
function parse(text: string | null): Kept {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<Kept> | null;
    const tickets = Array.isArray(kept?.tickets) ? kept.tickets.filter(isEntry) : [];
    return { at: Number(kept?.at) || 0, tickets };
  } catch {
    return { at: 0, tickets: [] };
  }
}

function isEntry(entry: unknown): entry is Kept["tickets"][number] {
  if (!Array.isArray(entry)) return false;
  const [id, revision, digest] = entry as unknown[];
  return typeof id === "string" && Number.isSafeInteger(revision) && typeof digest === "string";
}

function forgetOthers(name: string): void {
  const others = Object.keys(localStorage)
    .filter((one) => one.startsWith(PREFIX) && one !== name)
    .map((one) => ({ one, at: parse(readText(one)).at }))
    .sort((left, right) => right.at - left.at);
  for (const { one } of others.slice(OPENED_LIMITS.people - 1)) localStorage.removeItem(one);
}
