import type { AnyVariables, Client, TypedDocumentNode } from "urql";

/** Before following is tried again after the server would not go on. */
const AGAIN_MS = 2_000;

/** Asking again would be answered alike. */
const FINAL = new Set(["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "BAD_USER_INPUT"]);

/** What is followed, and what becomes of it. */
export interface Followed<Data, Variables extends AnyVariables> {
  readonly document: TypedDocumentNode<Data, Variables>;
  readonly variables: (after: string) => Variables;
  /** Takes a change. @returns the position that it is at */
  readonly take: (data: Data) => string;
  /**
   * Looks at everything anew, where the server cannot go on from a position.
   * @returns the ledger's end from before that look; undefined where there was no answer
   */
  readonly renew: () => Promise<string | undefined>;
  /** Told where it was refused for good. */
  readonly refused?: () => void;
}

/**
 * Hands over every change since a position, each once: the connection itself goes on after a break from what it last
 * delivered, and this after whatever else the server ends it for.
 * @param after from before anything on the page was read
 * @returns what stops it
 */
export function follow<Data, Variables extends AnyVariables>(
  client: Client,
  after: string,
  { document, variables, take, renew, refused }: Followed<Data, Variables>,
): () => void {
  let stopped = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe: () => void = () => undefined;
  let last = after;
  const begin = (): void => {
    const subscription = client.subscription(document, variables(last)).subscribe(({ data, error }) => {
      if (error === undefined) {
        if (data !== undefined) last = take(data);
        return;
      }
      const codes = error.graphQLErrors.map(({ extensions }) => String(extensions["code"]));
      unsubscribe();
      if (codes.some((code) => FINAL.has(code))) refused?.();
      else if (codes.includes("CURSOR_INVALID")) void anew();
      else later(begin);
    });
    unsubscribe = () => subscription.unsubscribe();
  };
  const anew = async (): Promise<void> => {
    const cursor = await renew();
    if (stopped) return;
    if (cursor === undefined) return later(() => void anew());
    last = cursor;
    begin();
  };
  const later = (next: () => void): void => {
    if (stopped) return;
    clearTimeout(again);
    again = setTimeout(next, AGAIN_MS);
  };
  begin();
  return () => {
    stopped = true;
    clearTimeout(again);
    unsubscribe();
  };
}
