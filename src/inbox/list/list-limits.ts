/** Sizes and times of the list. */
export const LIST = {
  /** Tickets of the first page, and of each further one that scrolling along asks for. */
  page: 50,
  /** Tickets of a page where one has jumped far ahead: as many as the server gives. */
  farPage: 100,
  /** Rows beyond those on screen that are loaded before one gets there. */
  ahead: 40,
  /** What "due soon" means, in milliseconds. */
  soonMs: 24 * 3_600_000,
  /** From the last key to the search. */
  typingMs: 250,
  /** Tickets put aside of which the list knows when they come back: as many as the server gives at a time. */
  asleep: 100,
  /** Before the server is asked again whose clock is behind this one. */
  wakingAgainMs: 5_000,
  /** At least between two counts while changes come in. */
  countingMs: 1_500,
  /** Tickets that may be decided together. */
  bulk: 50,
  /** Of these, decisions that are on their way at a time. */
  bulkAtOnce: 4,
} as const;
