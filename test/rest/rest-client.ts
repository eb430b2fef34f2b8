/** An answer of the REST facade. */
export interface RestAnswer<Body = Ticket> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where there is none. */
  readonly body: Body;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
}

/** A ticket as REST shows it. */
export interface Ticket {
  readonly id: string;
  readonly status: string;
  readonly comments: string | null;
  readonly revision: number;
  readonly title: string;
  readonly detail: string | null;
  readonly payload: Record<string, unknown> | null;
  readonly digest: string;
  readonly queue: string;
  readonly priority: string;
  readonly approvalsRequired: number;
  readonly submittedBy: Person;
  readonly submittedAt: string;
  readonly updatedAt: string;
  readonly dueAt: string | null;
  readonly expiresAt: string | null;
  readonly assignee: Person | null;
  readonly decidedBy: Person | null;
  readonly decidedAt: string | null;
  readonly cursor: string | null;
  readonly receipt: string | null;
  readonly reviews: readonly {
    readonly reviewer: Person;
    readonly revision: number;
    readonly outcome: string;
    readonly comments: string | null;
    readonly reviewedAt: string;
  }[];
}

/** A refusal (RFC 9457). */
export interface Refusal extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
}

export interface RestRequest {
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Sends one request as whoever the key stands for; without a key, as nobody. */
export async function rest<Body = Ticket>(
  url: string,
  key: string | null,
  method: string,
  path: string,
  { body, headers = {}, signal }: RestRequest = {},
): Promise<RestAnswer<Body>> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: (text === "" ? undefined : JSON.parse(text)) as Body,
  };
}

/** A ticket that was submitted over REST. */
export async function submitOver(url: string, key: string, body: object = {}): Promise<Ticket> {
  const answer = await rest(url, key, "POST", "/hitl/tickets", {
    body: { title: "Publish the post", ...body },
  });
  if (answer.status !== 201) throw new Error(`not submitted: ${answer.text}`);
  return answer.body;
}

/** Decides over REST. */
export function signOff(
  url: string,
  key: string,
  ticket: Pick<Ticket, "id" | "revision">,
  body: object = {},
): Promise<RestAnswer> {
  return rest(url, key, "POST", `/hitl/tickets/${ticket.id}/reviews`, {
    body: { revision: ticket.revision, status: "approved", ...body },
  });
}
