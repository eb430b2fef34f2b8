/** One error of a GraphQL answer. */
export interface GqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & {
    readonly code: string;
    readonly requestId: string;
  };
}

/** A GraphQL answer. */
export interface GqlAnswer<Data> {
  readonly status: number;
  readonly data: Data | null | undefined;
  readonly errors: readonly GqlError[];
  /** Of the first error. */
  readonly code: string | undefined;
}

/** Sends one operation over HTTP, as whoever the key stands for; without a key, as nobody. */
export async function gql<Data = Record<string, unknown>>(
  url: string,
  key: string | null,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<GqlAnswer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as { data?: Data | null; errors?: GqlError[] };
  const errors = body.errors ?? [];
  return { status: response.status, data: body.data, errors, code: errors[0]?.extensions.code };
}

/** The data of an answer; throws with its errors where there are any. */
export async function gqlData<Data = Record<string, unknown>>(
  url: string,
  key: string | null,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const { data, errors } = await gql<Data>(url, key, query, variables);
  if (errors.length > 0 || data === null || data === undefined) {
    throw new Error(`expected data, got ${JSON.stringify(errors)}`);
  }
  return data;
}
