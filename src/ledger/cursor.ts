import { DomainError } from "../domain/domain-error.js";

/** A position in a workspace's ledger, with enough of its event's hash to notice another or a restored ledger. */
export interface Cursor {
  /** 0 is the beginning, before the first event. */
  readonly sequence: number;
  /** First {@link HASH_PREFIX} hex digits of the event's hash; of the genesis hash at 0. */
  readonly hashPrefix: string;
}

const HASH_PREFIX = 16;

/** The text that clients keep; opaque to them. */
export function encodeCursor(sequence: number, hash: string): string {
  return Buffer.from(`${sequence}.${hash.slice(0, HASH_PREFIX)}`, "latin1").toString("base64url");
}

/**
 * Reads a cursor.
 * @throws DomainError CURSOR_INVALID where it is not one that {@link encodeCursor} made
 */
export function decodeCursor(text: string): Cursor {
  // Longer texts cannot be cursors; checked first so that a huge one costs nothing.
  const match =
    text.length <= 64
      ? /^(\d{1,16})\.([0-9a-f]{16})$/.exec(Buffer.from(text, "base64url").toString("latin1"))
      : null;
  const [, digits, hashPrefix] = match ?? [];
  const sequence = Number(digits);
  if (
    hashPrefix === undefined ||
    !Number.isSafeInteger(sequence) ||
    encodeCursor(sequence, hashPrefix) !== text
  ) {
    throw invalidCursor("it was not made by this service");
  }
  return { sequence, hashPrefix };
}

/** Whether the cursor stands at an event of that hash. */
export function cursorMatches(cursor: Cursor, hash: string): boolean {
  return hash.startsWith(cursor.hashPrefix);
}

/** The explicit answer to a cursor that cannot be honoured: silence would hide a lost decision. */
export function invalidCursor(why: string): DomainError {
  return new DomainError(
    "CURSOR_INVALID",
    `This cursor cannot be honoured: ${why}. Read the state anew (tickets, decision) and follow from its ledgerCursor.`,
  );
}
