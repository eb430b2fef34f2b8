import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { type Context, Provider } from "oidc-provider";
import { calculatePKCECodeChallenge, randomPKCECodeVerifier } from "openid-client";
import { oidcMemory } from "./oidc-memory.js";

/** The audience of JWT access tokens. */
export const API_AUDIENCE = "https://countersign.test/api";
/** The client that stands for the server under test. */
export const CLIENT = { clientId: "countersign", clientSecret: "the-secret-of-countersign" } as const;
/** A frontend with its own sign-in, which gets access tokens for the API; another party altogether for ID tokens. */
const FRONTEND = { clientId: "frontend", redirectUri: "http://127.0.0.1/frontend/callback" } as const;
/** A machine that gets access tokens for itself (client credentials). */
const ROBOT = { clientId: "robot", clientSecret: "the-secret-of-robot" } as const;

export interface TestOidcProviderOptions {
  /** Where clients are sent back to; further ones than the frontend's. */
  readonly redirectUris: readonly string[];
  /** What the provider signs with; RS256 unless told. Both an RSA and an EC key are always published. */
  readonly algorithm?: "RS256" | "ES256";
  /** Whether people's claims stand in ID tokens too, and not in UserInfo alone. */
  readonly claimsInIdToken?: boolean;
  /** How the client countersign proves itself at the token endpoint; `client_secret_basic` unless told. */
  readonly clientAuthentication?: "client_secret_basic" | "client_secret_post" | "none";
}

/** Takes a request before the provider does; says whether it did. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Alters what the token endpoint answers. */
export type Tamper = (answer: Record<string, unknown>) => Promise<Record<string, unknown>>;

/** A certified OpenID Connect provider on a loopback port. */
export interface TestOidcProvider {
  readonly issuer: string;
  /** How often a path was asked for, such as `/jwks`, `/token`, `/me` (UserInfo). */
  count(path: string): number;
  /** Makes somebody known, or says something else about them. */
  account(sub: string, claims: Readonly<Record<string, unknown>>): void;
  /** Goes to the authorization URL as a browser would, signs in there (or declines), and gives where it is sent back to. */
  signIn(url: string, sub: string, options?: { readonly decline?: boolean }): Promise<URL>;
  /** A JWT access token (RFC 9068) and an ID token that the frontend gets for somebody. */
  frontendTokens(sub: string): Promise<{ readonly accessToken: string; readonly idToken: string }>;
  /** A JWT access token of a machine for itself (where clients prove themselves with `client_secret_basic`). */
  machineToken(): Promise<string>;
  /** Any JWT, signed with one of the provider's current keys: the one for `header.alg`, or that of its algorithm. */
  sign(claims: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The public keys that it publishes now. */
  publicKeys(): readonly JWK[];
  /** New keys instead of the old ones; everything else stays. */
  rotateKeys(): Promise<void>;
  intercept(taker: Intercept | undefined): void;
  tamper(alteration: Tamper | undefined): void;
  /** Stops listening, and cuts who is connected. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

const PEOPLE_CLAIMS = [
  "name",
  "preferred_username",
  "roles",
  "groups",
  "realm_access",
  "queues",
  "workspace",
];

/** Starts a provider; whoever starts it stops it. */
export async function startOidcProvider(options: TestOidcProviderOptions): Promise<TestOidcProvider> {
  const { algorithm = "RS256" } = options;
  const accounts = new Map<string, Readonly<Record<string, unknown>>>();
  const counts = new Map<string, number>();
  const memory = oidcMemory();
  let intercepted: Intercept | undefined;
  let tampered: Tamper | undefined;
  firstKeys ??= newKeys();
  let keys = await firstKeys;

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://provider");
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1);
    if (intercepted?.(request, response)) return;
    if (pathname.startsWith("/interaction/")) void interact(provider, request, response);
    else handle(request, response);
  });
  const port = await listen(server, 0);
  const issuer = `http://127.0.0.1:${port}`;
  const make = (): Provider => {
    const made = new Provider(issuer, configuration(options, { accounts, memory, keys }));
    return made.use(async (context, next) => {
      await next();
      if (context.path === "/token" && tampered !== undefined)
        context.body = await tampered(context.body as Record<string, unknown>);
    });
  };
  let provider = make();
  let handle = provider.callback();

  const signIn: TestOidcProvider["signIn"] = (url, sub, { decline = false } = {}) =>
    drive(url, issuer, decline ? { decline: "yes" } : { login: sub });
  return {
    issuer,
    count: (path) => counts.get(path) ?? 0,
    account: (sub, claims) => {
      accounts.set(sub, claims);
    },
    signIn,
    frontendTokens: (sub) => frontendTokens(issuer, (url) => signIn(url, sub)),
    machineToken: async () => {
      const form = { grant_type: "client_credentials", resource: API_AUDIENCE, scope: "api" };
      const basic = Buffer.from(`${ROBOT.clientId}:${ROBOT.clientSecret}`).toString("base64");
      return (await askToken(issuer, form, { authorization: `Basic ${basic}` })).access_token;
    },
    sign: async (claims, header = {}) => {
      const alg = header["alg"] ?? algorithm;
      const key = keys.find((one) => one.alg === alg)!;
      return new SignJWT(claims)
        .setProtectedHeader({ alg: key.alg!, kid: key.kid!, typ: "at+jwt", ...header })
        .sign(await importJWK(key));
    },
    publicKeys: () =>
      keys.map(({ kty, kid, alg, n, e, crv, x, y }) => ({ kty, kid, alg, n, e, crv, x, y }) as JWK),
    rotateKeys: async () => {
      keys = await newKeys();
      provider = make();
      handle = provider.callback();
    },
    intercept: (taker) => {
      intercepted = taker;
    },
    tamper: (alteration) => {
      tampered = alteration;
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    start: async () => {
      await listen(server, port);
    },
  };
}

/** RSA keys take a while to make, so the first ones serve every provider of a test file. */
let firstKeys: Promise<JWK[]> | undefined;
let keysMade = 0;

async function newKeys(): Promise<JWK[]> {
  return Promise.all(
    ["RS256", "ES256"].map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      return { ...(await exportJWK(privateKey)), alg, use: "sig", kid: `${alg}-${++keysMade}` };
    }),
  );
}

interface Parts {
  readonly accounts: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly memory: ReturnType<typeof oidcMemory>;
  readonly keys: readonly JWK[];
}

function configuration(options: TestOidcProviderOptions, parts: Parts): Readonly<Record<string, unknown>> {
  const { algorithm = "RS256", redirectUris, claimsInIdToken = false } = options;
  const { clientAuthentication = "client_secret_basic" } = options;
  return {
    adapter: parts.memory,
    jwks: { keys: parts.keys },
    clients: clients(redirectUris, algorithm, clientAuthentication),
    cookies: { keys: ["for tests alone"] },
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: PEOPLE_CLAIMS,
    },
    clientAuthMethods: [secretMethod(clientAuthentication), "none"],
    conformIdTokenClaims: !claimsInIdToken,
    scopes: ["openid", "email", "profile"],
    pkce: { required: () => true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      Grant: 3_600,
      IdToken: 600,
      Interaction: 600,
      Session: 3_600,
    },
    findAccount: async (_context: Context, sub: string) => {
      const claims = parts.accounts.get(sub);
      return claims === undefined ? undefined : { accountId: sub, claims: async () => ({ ...claims, sub }) };
    },
    // What a frontend's users may do here is in its access tokens.
    extraTokenClaims: async (_context: Context, token: { accountId?: string }) =>
      parts.accounts.get(token.accountId ?? ""),
    // Clients of the house need no consent.
    loadExistingGrant: async (context: Context & { oidc: { provider: Provider } }) => {
      const { client, session, params, provider } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email profile");
      if (params.resource !== undefined) grant.addResourceScope(API_AUDIENCE, "api");
      await grant.save();
      return grant;
    },
    renderError: async (context: Context, out: unknown) => {
      context.body = out;
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({
          scope: "api",
          audience: API_AUDIENCE,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
  };
}

function clients(
  redirectUris: readonly string[],
  algorithm: string,
  authentication: string,
): readonly Readonly<Record<string, unknown>>[] {
  const common = { id_token_signed_response_alg: algorithm, application_type: "web" };
  return [
    {
      ...common,
      client_id: CLIENT.clientId,
      redirect_uris: redirectUris,
      token_endpoint_auth_method: authentication,
      ...(authentication === "none" ? {} : { client_secret: CLIENT.clientSecret }),
    },
    {
      ...common,
      client_id: FRONTEND.clientId,
      redirect_uris: [FRONTEND.redirectUri, ...redirectUris],
      token_endpoint_auth_method: "none",
    },
    {
      ...common,
      client_id: ROBOT.clientId,
      client_secret: ROBOT.clientSecret,
      token_endpoint_auth_method: secretMethod(authentication),
      redirect_uris: [],
      response_types: [],
      grant_types: ["client_credentials"],
    },
  ];
}

/** How clients with a secret prove themselves where countersign does it so: the one way that the provider announces. */
function secretMethod(authentication: string): string {
  return authentication === "none" ? "client_secret_basic" : authentication;
}

/** The page where somebody signs in: a form with `login`, or with `decline`. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST") {
    response.end("Who are you?");
    return;
  }
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const login = new URLSearchParams(body).get("login");
  await provider.interactionFinished(
    request,
    response,
    login === null ? { error: "access_denied" } : { login: { accountId: login } },
  );
}

/** Follows redirects, with cookies, to the first address that is not the provider's. */
async function drive(start: string, issuer: string, form: Readonly<Record<string, string>>): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  for (let step = 0; step < 10; step++) {
    const answering = url.pathname.startsWith("/interaction/");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
      ...(answering ? { method: "POST", body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const pair = cookie.split(";")[0]!;
      cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
    if (url.origin !== issuer) return url;
  }
  throw new Error("the provider redirects in circles");
}

async function frontendTokens(
  issuer: string,
  signIn: (url: string) => Promise<URL>,
): Promise<{ accessToken: string; idToken: string }> {
  const verifier = randomPKCECodeVerifier();
  const url = new URL(`${issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: FRONTEND.clientId,
    redirect_uri: FRONTEND.redirectUri,
    response_type: "code",
    scope: "openid profile api",
    resource: API_AUDIENCE,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }).toString();
  const code = (await signIn(url.href)).searchParams.get("code") ?? "";
  const answer = await askToken(issuer, {
    grant_type: "authorization_code",
    client_id: FRONTEND.clientId,
    redirect_uri: FRONTEND.redirectUri,
    code,
    code_verifier: verifier,
    resource: API_AUDIENCE,
  });
  return { accessToken: answer.access_token, idToken: answer.id_token };
}

async function askToken(
  issuer: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ access_token: string; id_token: string }> {
  const body = new URLSearchParams(form);
  const response = await fetch(`${issuer}/token`, { method: "POST", body, headers });
  if (!response.ok) throw new Error(`no token: ${await response.text()}`);
  return (await response.json()) as { access_token: string; id_token: string };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}
