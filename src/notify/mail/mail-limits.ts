/**
 * What a mail holds at most. Mail programs cut HTML off at about 100 KB, and what comes last is the footer: the parts together stay below
 * 90 KB whatever is in them. Characters are what the reader is told of; bytes are of the text as escaped for HTML.
 */
export const MAIL_LIMITS = {
  /** RFC 5322 allows 998 for a line; people read fewer. */
  subject: 150,
  /** A title inside the mail: as long as a title may be, with everything unseen in it written out. */
  title: { characters: 1_200, bytes: 3_000, lines: 1 },
  name: 120,
  proposal: { characters: 16_000, bytes: 18_000, lines: 300 },
  changes: {
    /** Of all parts together. */
    bytes: 32_000,
    lines: 160,
    /** Characters of one line. */
    line: 2_000,
  },
  /** Beyond these a comparison takes longer than the server has for a mail: nothing else happens meanwhile. */
  compare: {
    edits: 800,
    /** For each part, lines and words together. */
    milliseconds: 50,
    /** Comparisons that are remembered: a revision is told to many. */
    remembered: 16,
    /** Pairs of lines that are compared word by word, and how far. */
    pairs: 120,
    wordEdits: 100,
    lineForWords: 2_000,
    /** Lines left around a change. */
    context: 2,
  },
  digest: { entries: 50, queues: 12, title: 160 },
} as const;
