/** How an attempt to deliver something ended. `problem` is for people: one line, no secrets, 500 characters at most. */
export type Attempt =
  | { readonly outcome: "DELIVERED"; readonly status?: number }
  /** To be tried again; not before `retryAfterMs`, where the other side asked for that. */
  | {
      readonly outcome: "RETRY";
      readonly problem: string;
      readonly status?: number;
      readonly retryAfterMs?: number;
    }
  /** There is no use in trying this one again: a dead letter at once. */
  | { readonly outcome: "DEAD"; readonly problem: string; readonly status?: number }
  /** The other side wants nothing any more: a dead letter, and the endpoint is disabled. */
  | { readonly outcome: "GONE"; readonly problem: string; readonly status?: number }
  /** There is nobody to tell any more: a member who was removed, or has lost the queue. */
  | { readonly outcome: "DROPPED"; readonly problem: string };
