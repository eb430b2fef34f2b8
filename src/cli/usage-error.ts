/** A wrong use of a command, found after its options were read. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
