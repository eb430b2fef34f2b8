import { createHash } from "node:crypto";
import { gqlData } from "../support/graphql-client.js";

/** What came of presenting a key. */
export interface Exchanged {
  readonly status: number;
  readonly token: string;
  readonly expiresIn: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** Presents a key to `POST /auth/token`. */
export async function exchange(
  url: string,
  apiKey: unknown,
  how: "json" | "header" = "json",
): Promise<Exchanged> {
  const response = await fetch(`${url}/auth/token`, {
    method: "POST",
    ...(how === "header"
      ? { headers: { authorization: `Bearer ${apiKey}` } }
      : { headers: { "content-type": "application/json" }, body: JSON.stringify({ apiKey }) }),
  });
  const text = await response.text();
  const body = JSON.parse(text) as { token: string; expiresIn: number; code?: string };
  const { status, headers } = response;
  return { ...body, status, code: body.code, retryAfter: headers.get("retry-after"), text };
}

export interface Viewer {
  readonly principal: { readonly id: string; readonly name: string; readonly kind: string };
  readonly roles: readonly string[];
}

export async function viewerOf(url: string, token: string): Promise<Viewer> {
  const query = "{ viewer { principal { id name kind } roles } }";
  return (await gqlData<{ viewer: Viewer }>(url, token, query)).viewer;
}

export const hexOf = (key: string): string => createHash("sha256").update(key).digest("hex");

export const REVOKE = "mutation ($keyId: ID!) { revokeApiKey(input: { keyId: $keyId }) { apiKey { id } } }";
