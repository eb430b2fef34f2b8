import type { MailTarget } from "../channels.js";
import type { PartChanges } from "./changes.js";
import type { Excerpt } from "./excerpt.js";
import type { Words } from "./say.js";

/** How something is meant, beside its words: nothing is said by colour alone. */
export type Tone = "plain" | "bad" | "warn";

/** What a mail depends on beside what is told. */
export interface LetterContext {
  /** Where people reach the server, without a trailing slash. */
  readonly base: string;
  readonly target: MailTarget;
  /** An http(s) address; null where there is none. */
  readonly unsubscribeUrl: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A row of facts. */
export interface Fact {
  readonly name: string;
  readonly value: Words;
  readonly mono?: boolean;
}

/** A ticket in a list of many. */
export interface Entry {
  readonly title: string;
  readonly url: string;
  readonly about: Words;
}

/** A part of a mail, for both of its forms. */
export type Section =
  | { readonly kind: "notice"; readonly heading: string; readonly words: Words }
  | { readonly kind: "paragraph"; readonly words: Words }
  | { readonly kind: "action"; readonly label: string; readonly url: string; readonly note: string }
  | { readonly kind: "facts"; readonly heading: string; readonly facts: readonly Fact[] }
  | {
      readonly kind: "quote";
      readonly heading: Words;
      readonly excerpt: Excerpt;
      readonly form: "prose" | "json";
    }
  | { readonly kind: "changes"; readonly heading: string; readonly parts: readonly PartChanges[] }
  | {
      readonly kind: "entries";
      readonly heading: Words;
      readonly entries: readonly Entry[];
      readonly more: number;
    };

/** A mail's content, cut and cleaned: everything in it can be shown as it is, once it is escaped for its form. */
export interface Letter {
  readonly subject: string;
  /** What lists of mails show beside the subject. */
  readonly preheader: string;
  readonly label: string;
  readonly tone: Tone;
  readonly title: string;
  /** Whose words the title is: a proposal's, or ours. */
  readonly titleIsTheirs: boolean;
  /** Queue and workspace. */
  readonly place: Words;
  readonly sections: readonly Section[];
  readonly why: Words;
  readonly preferencesUrl: string;
  readonly unsubscribeUrl: string | null;
}
