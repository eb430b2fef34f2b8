import { decodeJwt, type JWTPayload } from "jose";
import type { DomainError } from "../../src/domain/domain-error.js";
import {
  createOidcClient,
  type OidcClient,
  type OidcClientOptions,
} from "../../src/identity/oidc-provider-client.js";
import type { OidcClientSettings } from "../../src/identity/oidc-settings.js";
import {
  API_AUDIENCE,
  CLIENT,
  startOidcProvider,
  type TestOidcProvider,
  type TestOidcProviderOptions,
} from "../support/oidc-provider.js";

export const REDIRECT_URI = "http://127.0.0.1:4000/auth/oidc/callback";

/** What the client has logged, as text. */
export interface LogLines {
  readonly lines: string[];
  readonly log: OidcClientOptions["log"];
}

export function logLines(): LogLines {
  const lines: string[] = [];
  const write = (facts: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(facts)}`);
  };
  return { lines, log: { info: write, warn: write } };
}

export function settingsFor(issuer: string, changes: Partial<OidcClientSettings> = {}): OidcClientSettings {
  return {
    issuer,
    ...CLIENT,
    scopes: "openid email profile",
    algorithm: "RS256",
    audience: API_AUDIENCE,
    workspace: "default",
    workspaceClaim: undefined,
    rolesClaim: "roles",
    roles: [{ claim: "reviewers", role: "REVIEWER" }],
    queuesClaim: undefined,
    ...changes,
  };
}

export interface OidcWorld {
  readonly provider: TestOidcProvider;
  readonly logged: LogLines;
  /** A client of the provider; each has its own caches. */
  client(changes?: Partial<OidcClientSettings>, options?: Partial<OidcClientOptions>): OidcClient;
  /** Begins a sign-in and goes through with it at the provider, up to the callback. */
  upToCallback(
    client: OidcClient,
    sub?: string,
    change?: (url: URL) => void,
  ): Promise<{ readonly callback: URL; readonly state: string }>;
}

/** The claims of the one account that there is from the start. */
export const ADA = {
  email: "ada@example.org",
  email_verified: true,
  name: "Ada Reviewer",
  roles: ["reviewers"],
} as const;

export async function oidcWorld(options: Partial<TestOidcProviderOptions> = {}): Promise<OidcWorld> {
  const provider = await startOidcProvider({ redirectUris: [REDIRECT_URI], ...options });
  provider.account("ada", ADA);
  const logged = logLines();
  return {
    provider,
    logged,
    client: (changes, clientOptions) =>
      createOidcClient(settingsFor(provider.issuer, changes), {
        redirectUri: REDIRECT_URI,
        log: logged.log,
        ...clientOptions,
      }),
    upToCallback: async (client, sub = "ada", change) => {
      const { url, state } = await client.begin();
      const changed = new URL(url);
      change?.(changed);
      return { callback: await provider.signIn(changed.href, sub), state };
    },
  };
}

/** Alters the ID token in the token endpoint's answer: `make` gets the genuine claims, and gives the token instead. */
export function tamperIdToken(
  provider: TestOidcProvider,
  make: (claims: JWTPayload) => string | undefined | Promise<string | undefined>,
): void {
  provider.tamper(async (answer) => ({
    ...answer,
    id_token: await make(decodeJwt(answer["id_token"] as string)),
  }));
}

/** The code and message that something is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<DomainError> {
  try {
    await promise;
  } catch (error) {
    return error as DomainError;
  }
  throw new Error("nothing was refused");
}

/** A state text with one part of another in it: 1.state.nonce.verifier.made-at. */
export function exchanged(state: string, from: string, part: 1 | 2 | 3 | 4): string {
  return state.split(".").with(part, from.split(".")[part]!).join(".");
}
