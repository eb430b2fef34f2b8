/** What a browser does about cookies and forms, by fetch: redirects are not followed, so that each step can be looked at. */
export class BrowserLike {
  readonly cookies = new Map<string, string>();
  /** The Set-Cookie headers as they came, newest last. */
  readonly given: string[] = [];

  constructor(readonly url: string) {}

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async open(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.#send(path, { headers: { accept: "text/html", "sec-fetch-site": "none", ...headers } });
  }

  /** Sends a form of one of the server's own pages. */
  async submit(
    path: string,
    fields: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    return this.#send(path, {
      method: "POST",
      // As Chromium sends it from a page with Referrer-Policy: no-referrer.
      headers: { accept: "text/html", origin: "null", "sec-fetch-site": "same-origin", ...headers },
      body: new URLSearchParams(fields),
    });
  }

  /** Asks the API as a script of the server's own pages would. */
  async gql(
    query: string,
    variables: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; data?: Record<string, unknown>; code?: string }> {
    const { response, text } = await this.#send("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.url, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = JSON.parse(text) as {
      data?: Record<string, unknown>;
      errors?: { extensions: { code: string } }[];
    };
    const code = errors?.[0]?.extensions.code;
    return {
      status: response.status,
      ...(data ? { data } : {}),
      ...(code === undefined ? {} : { code }),
    };
  }

  async #send(path: string, init: RequestInit): Promise<Page> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set("cookie", this.cookieHeader);
    const response = await fetch(new URL(path, this.url), { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      this.given.push(cookie);
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { response, status: response.status, text: await response.text() };
  }
}

/** An answer, read to its end. */
export interface Page {
  readonly response: Response;
  readonly status: number;
  readonly text: string;
}
