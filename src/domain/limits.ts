/**
 * Bounds of what is accepted, in characters (UTF-16 code units) unless said otherwise. They keep one ticket far below
 * a database packet and a page below what a reader takes in; the API documentation repeats this table.
 */
export const LIMITS = {
  title: 300,
  detail: 100_000,
  comments: 20_000,
  reason: 5_000,
  queueName: 64,
  /** What other services put on record. */
  logService: 100,
  logMessage: 2_000,
  /** Queues of one workspace. */
  queues: 1_000,
  principalName: 200,
  /** RFC 5321 leaves room for no more. */
  email: 254,
  idempotencyKey: 255,
  /** Bytes of the payload's canonical text. */
  payloadBytes: 256 * 1024,
  /** Levels of nesting in a payload. */
  payloadDepth: 64,
  approvalsRequired: 20,
  /** Revisions of one ticket. */
  revisions: 1_000,
  /** Entries of a page. */
  pageSize: 100,
  /** Words of a search, and characters in each. */
  searchWords: 10,
  searchLength: 200,
  /** How long a human's own key lasts, days: at most, and unless told. */
  personalKeyDays: 365,
  personalKeyUsualDays: 90,
  /** How long a key may go on working beside the one that replaces it, minutes. */
  overlapMinutes: 43_200,
  /** How far ahead a ticket may be put aside, days. */
  snoozeDays: 365,
  /** Endpoints of one workspace. */
  endpoints: 2_000,
  /** Of an endpoint, or of a callback. */
  url: 2_000,
  /** Dead letters that are replayed in one go. */
  replay: 10_000,
  /** How long before or after its due time a ticket may be told of once more, minutes. */
  noticeMinutes: 43_200,
  /** Members whom a queue's tickets go on to when they are late. */
  escalateTo: 50,
  /** Entries of one filter list. */
  filterList: 100,
} as const;
