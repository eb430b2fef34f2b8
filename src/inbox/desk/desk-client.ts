import { type AnyVariables, Client, type CombinedError, fetchExchange, type TypedDocumentNode } from "urql";
import { sessionEnded } from "../api/session-ended.js";

/**
 * A client that remembers nothing: the trail shows people as they were called then, which a cache by id would overwrite,
 * and a key or link that is shown once must not stay in one.
 */
const client = new Client({ url: "/graphql", preferGetMethod: false, exchanges: [fetchExchange] });

/** Why something was not done, in words for whoever asked. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    message: string,
    /** The server's stable code; undefined where it was not reached. */
    readonly code: string | undefined,
    /** Which part of the input it is about, where the server names one. */
    readonly field?: string | undefined,
  ) {
    super(message);
  }
}

/** @throws Refusal */
export async function ask<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  return dataOf(await client.query(document, variables).toPromise());
}

/** @throws Refusal */
export async function act<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  return dataOf(await client.mutation(document, variables).toPromise());
}

/** What to say of anything that was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Refusal
    ? error.message
    : "Something went wrong on this page. Reload it and try again.";
}

function dataOf<Data>({
  data,
  error,
}: {
  readonly data?: Data | undefined;
  readonly error?: CombinedError | undefined;
}): Data {
  if (error === undefined && data !== undefined && data !== null) return data;
  const [first] = error?.graphQLErrors ?? [];
  const code = first?.extensions.code;
  // The session has ended: only signing in again helps.
  if (code === "UNAUTHENTICATED") sessionEnded();
  if (first !== undefined) throw new Refusal(first.message, textOr(code), textOr(first.extensions.field));
  throw new Refusal("The server cannot be reached. Check your connection and try again.", undefined);
}

function textOr(said: unknown): string | undefined {
  return typeof said === "string" ? said : undefined;
}
