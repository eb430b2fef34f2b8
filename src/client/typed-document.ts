/**
 * A GraphQL operation as text, together with the types of its answer and its variables. Text, and not a syntax tree,
 * so that no GraphQL parser or printer is shipped.
 */
export interface TypedDocument<Data, Variables> {
  readonly name: string;
  readonly text: string;
  /** Never there: it only carries the types. */
  readonly types?: (variables: Variables) => Data;
}
