import type { Choice } from "./outcomes.js";
import type { Attempt } from "./send-decision.js";

/** An edited proposal as it is being written; the payload as text that need not be JSON yet. */
export interface Edit {
  readonly title: string;
  readonly detail: string;
  readonly payload: string;
}

/** What a reviewer has begun to say about one revision. */
export interface Draft {
  readonly choice: Choice;
  readonly comment: string;
  readonly edit: Edit | null;
  /** Of the last attempt to sign: what was sent, and the key under which it is done once. */
  readonly attempt: Attempt | null;
}

/** Whose draft, and about what. */
export interface DraftPlace {
  readonly principalId: string;
  readonly ticketId: string;
  readonly revision: number;
}

const PREFIX = "countersign.draft.";
/** Browsers keep some five million characters for a page. */
const DRAFT_LIMITS = { drafts: 30, characters: 1_500_000, one: 700_000 } as const;

interface Kept {
  readonly at: number;
  readonly draft: Draft;
}

/** @returns the draft that this browser keeps for that revision */
export function readDraft(place: DraftPlace): Draft | undefined {
  return read(nameOf(place))?.draft;
}

/** @returns the draft about the latest revision, up to that one, of which there is any */
export function findDraft({ principalId, ticketId, revision }: DraftPlace): DraftPlace | undefined {
  const start = `${PREFIX}${principalId}.${ticketId}.`;
  try {
    const [latest] = names()
      .filter((name) => name.startsWith(start))
      .map((name) => Number(name.slice(start.length)))
      .filter((one) => one <= revision)
      .sort((one, other) => other - one);
    return latest === undefined ? undefined : { principalId, ticketId, revision: latest };
  } catch {
    return undefined;
  }
}

/** Keeps a draft, and forgets the oldest where there are too many. @returns whether it could be kept */
export function keepDraft(place: DraftPlace, draft: Draft): boolean {
  const text = JSON.stringify({ at: Date.now(), draft } satisfies Kept);
  if (text.length > DRAFT_LIMITS.one) return false;
  const name = nameOf(place);
  try {
    makeRoom(name, text.length);
    localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

/** Forgets what was written about every revision up to that one. */
export function forgetDrafts({ principalId, ticketId, revision }: DraftPlace): void {
  try {
    const start = `${PREFIX}${principalId}.${ticketId}.`;
    for (const name of names()) {
      if (name.startsWith(start) && Number(name.slice(start.length)) <= revision)
        localStorage.removeItem(name);
    }
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

function nameOf({ principalId, ticketId, revision }: DraftPlace): string {
  return `${PREFIX}${principalId}.${ticketId}.${revision}`;
}

function names(): string[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
}

function read(name: string): Kept | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? "null") as Kept | null;
    return kept ?? undefined;
  } catch {
    return undefined;
  }
}

function makeRoom(name: string, length: number): void {
  const others = names()
    .filter((one) => one !== name)
    .map((one) => ({ one, at: read(one)?.at ?? 0, size: localStorage.getItem(one)?.length ?? 0 }))
    .sort((left, right) => right.at - left.at);
  let total = length;
  for (const [index, { one, size }] of others.entries()) {
    total += size;
    if (index >= DRAFT_LIMITS.drafts - 1 || total > DRAFT_LIMITS.characters) localStorage.removeItem(one);
  }
}
