import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { badInput, DomainError } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import type { Credential } from "../identity/credential.js";
import { flowGoesTo } from "../identity/oidc-flow.js";
import { lookAtLink, type OpenedSession, openSession, signInByLink, signOut } from "../identity/sessions.js";
import { findWorkspaceById } from "../identity/workspaces.js";
import type { Database } from "../persistence/database.js";
import { isLoopbackUrl } from "./addresses.js";
import { ownPage, signInAddress, withNext } from "./own-page.js";
import { PAGE_STYLE, STYLE_PATH, sendPage } from "./plain-page.js";
import { comesFromOwnPage } from "./same-origin.js";
import type { PrivateCookies } from "./session-cookie.js";
import type { SignIn } from "./sign-in.js";
import { homePage, linkPage, onwardsPage, signInPage } from "./sign-in-pages.js";

export interface SignInRoutesOptions {
  readonly signIn: SignIn;
  readonly database: Database;
  readonly cookies: PrivateCookies;
  /** Whether the settings say where people reach the server; otherwise only a loopback address will do. */
  readonly hasPublicUrl: boolean;
  /** Whether the inbox is at `/`; otherwise who is signed in sees `/account` there. */
  readonly hasInbox: boolean;
  /** Whether there is a playground to lead to. */
  readonly playground: boolean;
  /** Counts what does not hold against the address that it came from; throws RATE_LIMITED after too many. */
  readonly proving: <Result>(
    request: FastifyRequest,
    proof: string,
    prove: () => Promise<Result>,
  ) => Promise<Result>;
  /** Whether the request's Origin is one whose pages may use the API. */
  readonly origin: (request: FastifyRequest) => "absent" | "allowed" | "refused";
}

const BODY_BYTES = 4_096;
/** Where the provider sends browsers back to. */
const CALLBACK = "/auth/oidc/callback";
/** How long the provider may take to send somebody back, seconds. */
const FLOW_SECONDS = 600;
/** How long the page that somebody wanted is remembered: whoever has to ask for a link waits for it, seconds. */
const NEXT_SECONDS = 3_600;

/** The pages where people sign in and out: plain forms, without a script. */
export async function registerSignIn(app: FastifyInstance, options: SignInRoutesOptions): Promise<void> {
  const routes: FastifyPluginAsync = async (scope) => {
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit: BODY_BYTES },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.setErrorHandler((error, request, reply) => refuse(options, error as Error, request, reply));
    pages(scope, options);
    forms(scope, options);
    if (options.signIn.provider !== undefined) provider(scope, options, options.signIn.provider);
  };
  await app.register(routes);
}

function pages(scope: FastifyInstance, options: SignInRoutesOptions): void {
  const { signIn, database, cookies, playground, proving } = options;
  if (!options.hasInbox) scope.get("/", async (_request, reply) => reply.redirect("/account", 303));
  scope.get("/account", async (request, reply) => {
    const credential = await browserCredential(signIn, cookies, request.headers.cookie);
    if (credential === undefined) return reply.redirect("/sign-in", 303);
    const workspace = await findWorkspaceById(database.read, credential.actor.workspaceId);
    const home = { workspace: workspace?.name ?? "", playground, inbox: options.hasInbox };
    return sendPage(reply, homePage(credential.actor, home));
  });
  scope.get("/sign-in", async (request, reply) => {
    const { link } = request.query as Readonly<Record<string, unknown>>;
    if (link === undefined) {
      const wanted = wantedPage(options, request);
      if (wanted !== undefined) reply.header("set-cookie", cookies.next.give(wanted, NEXT_SECONDS));
      return sendPage(reply, signInPage(offeredProvider(signIn, wanted)));
    }
    if (typeof link !== "string") throw badInput("link", "There must be one link.");
    requireSafeWay(request, options);
    const row = await proving(request, link, () => lookAtLink(database.read, link, Date.now()));
    const workspace = await findWorkspaceById(database.read, row.workspace_id);
    return sendPage(reply, linkPage(link, { name: row.principal_name, workspace: workspace?.name ?? "" }));
  });
  scope.get(STYLE_PATH, async (_request, reply) =>
    reply
      .headers({ "cache-control": "public, max-age=3600", "x-content-type-options": "nosniff" })
      .type("text/css")
      .send(PAGE_STYLE),
  );
}

function forms(scope: FastifyInstance, options: SignInRoutesOptions): void {
  const { signIn, database, cookies, proving } = options;
  scope.post("/sign-in", { bodyLimit: BODY_BYTES }, async (request, reply) => {
    requireSafeWay(request, options);
    requireOwnPage(request, options);
    const link = field(request, "link");
    const session = await proving(request, link, () => signInByLink(signIn.store, link, Date.now()));
    await endEarlier(options, request);
    const wanted = wantedPage(options, request);
    give(reply, cookies, { session, wanted });
    return answered(request, reply, wanted ?? "/", {
      principal: { id: session.principal.id, name: session.principal.name },
      expiresAt: new Date(session.expiresAt).toISOString(),
    });
  });
  scope.post("/sign-out", { bodyLimit: BODY_BYTES }, async (request, reply) => {
    requireOwnPage(request, options);
    const credential = await browserCredential(signIn, cookies, request.headers.cookie);
    const everywhere = optionalField(request, "everywhere") === "true";
    if (credential !== undefined) {
      await signOut(database, credential.actor, { sessionId: credential.id, everywhere, now: Date.now() });
      signIn.sessions.forget(credential.id);
    }
    reply.header("set-cookie", cookies.session.take());
    // Whoever signs in next need not be who wanted that page.
    if (cookies.next.read(request.headers.cookie) !== undefined)
      reply.header("set-cookie", cookies.next.take());
    return answered(request, reply, "/sign-in", { signedOut: credential !== undefined });
  });
}

function provider(
  scope: FastifyInstance,
  options: SignInRoutesOptions,
  { begin, finish }: NonNullable<SignIn["provider"]>,
): void {
  const { signIn, cookies } = options;
  scope.get("/auth/oidc/sign-in", async (request, reply) => {
    requireSafeWay(request, options);
    const { url, state } = await begin(wantedPage(options, request));
    reply.header("set-cookie", cookies.flow.give(state, FLOW_SECONDS));
    return reply.header("cache-control", "no-store").redirect(url, 303);
  });
  scope.get(CALLBACK, async (request, reply) => {
    // It has served, whatever comes of it.
    reply.header("set-cookie", cookies.flow.take());
    const callback = new URL(request.url, "http://callback.invalid");
    const state = cookies.flow.read(request.headers.cookie);
    const { workspaceId, principalId, issuer, identityId } = await options.proving(request, request.url, () =>
      finish(callback, state),
    );
    const session = await openSession(signIn.store, workspaceId, principalId, { issuer, identityId });
    const wanted = wantedPage(options, request);
    give(reply, cookies, { session, wanted });
    return sendPage(reply, onwardsPage("Signed in", wanted ?? "/"));
  });
}

/**
 * Answers a browser that is not signed in and wants a page of the inbox. The session's cookie stays away from what another
 * site's page leads to, such as a mail on the web: then the browser is made to ask once more, as from here.
 */
export function sendToSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wanted = ownPage(request.url);
  if (wanted !== undefined && request.headers["sec-fetch-site"] === "cross-site")
    return sendPage(reply, onwardsPage("Countersign", wanted));
  return reply.header("cache-control", "no-store").redirect(signInAddress(wanted), 303);
}

/**
 * The page that the browser wanted when it had to sign in first: as the address says it, or the sign-in at the provider that
 * this request ends, or, for a link, the cookie. Whatever says it, it is one of our own pages.
 */
function wantedPage({ cookies, hasInbox }: SignInRoutesOptions, request: FastifyRequest): string | undefined {
  if (!hasInbox) return undefined;
  const { next } = request.query as Readonly<Record<string, unknown>>;
  const { cookie } = request.headers;
  if (request.routeOptions.url === CALLBACK) return ownPage(flowGoesTo(cookies.flow.read(cookie)));
  return ownPage(next) ?? ownPage(cookies.next.read(cookie));
}

/** The provider as the sign-in page offers it. */
function offeredProvider({ provider: offered }: SignIn, wanted: string | undefined) {
  if (offered === undefined) return undefined;
  return { name: offered.name, address: withNext("/auth/oidc/sign-in", wanted) };
}

/**
 * Who the browser is signed in as; undefined where it is nobody any more.
 * @param header its Cookie header
 */
export async function browserCredential(
  { authenticator }: SignIn,
  cookies: PrivateCookies,
  header: string | undefined,
): Promise<Credential | undefined> {
  const text = cookies.session.read(header);
  if (text === undefined) return undefined;
  try {
    return await authenticator.fromCookie(text);
  } catch (error) {
    if (error instanceof DomainError && error.code === "UNAUTHENTICATED") return undefined;
    throw error;
  }
}

/** A browser has one session at a time: the one that it had before would be left open for nobody. */
async function endEarlier(
  { signIn, database, cookies }: SignInRoutesOptions,
  request: FastifyRequest,
): Promise<void> {
  const earlier = await browserCredential(signIn, cookies, request.headers.cookie);
  if (earlier === undefined) return;
  await signOut(database, earlier.actor, { sessionId: earlier.id, everywhere: false, now: Date.now() });
  signIn.sessions.forget(earlier.id);
}

/** @param given the new session, and the page that was wanted before it: that has served */
function give(
  reply: FastifyReply,
  cookies: PrivateCookies,
  { session, wanted }: { readonly session: OpenedSession; readonly wanted: string | undefined },
): void {
  // Fastify keeps what was set before: each cookie has a header of its own.
  reply.header("set-cookie", cookies.session.give(session.text, (session.expiresAt - Date.now()) / 1_000));
  if (wanted !== undefined) reply.header("set-cookie", cookies.next.take());
}

/**
 * A session must not travel in the clear: by https (which only the settings can tell, behind a proxy), or not beyond this machine.
 * @throws DomainError FORBIDDEN
 */
function requireSafeWay(request: FastifyRequest, { hasPublicUrl }: SignInRoutesOptions): void {
  if (hasPublicUrl) return;
  const { host = "" } = request.headers;
  if (URL.canParse(`http://${host}`) && isLoopbackUrl(`http://${host}`)) return;
  throw new DomainError(
    "FORBIDDEN",
    "People can sign in here by a loopback address alone, until PUBLIC_URL says by which https address this server is reached.",
  );
}

/** @throws DomainError FORBIDDEN where another site's page sends the form */
function requireOwnPage(request: FastifyRequest, { origin }: SignInRoutesOptions): void {
  if (comesFromOwnPage(request.headers, origin(request))) return;
  throw new DomainError(
    "FORBIDDEN",
    "This was not sent by a page of this server. Open the sign-in page itself, and try again there.",
  );
}

function field(request: FastifyRequest, name: string): string {
  const value = optionalField(request, name);
  if (value === undefined || value === "") throw badInput(name, `${name} is missing.`);
  return value;
}

function optionalField({ body }: FastifyRequest, name: string): string | undefined {
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return undefined;
  const value: unknown = (body as Readonly<Record<string, unknown>>)[name];
  if (value === true) return "true";
  if (typeof value !== "string") throw badInput(name, `${name} must be a text.`);
  return value;
}

function answered(request: FastifyRequest, reply: FastifyReply, to: string, data: object) {
  reply.header("cache-control", "no-store");
  return wantsPage(request) ? reply.redirect(to, 303) : reply.send(data);
}

function wantsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes("text/html") === true;
}

/** A refusal as a page for people, and as JSON for programs. */
function refuse(
  options: SignInRoutesOptions,
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { code, message, details } = asDomainError(error);
  const { logLevel } = ERROR_TABLE[code];
  // Fastify's own refusals know their status better: too large, of another type.
  const httpStatus =
    code === "BAD_USER_INPUT"
      ? (error.statusCode ?? ERROR_TABLE[code].httpStatus)
      : ERROR_TABLE[code].httpStatus;
  request.log[logLevel]({ code, ...(logLevel === "error" ? { err: error } : {}) }, "a sign-in was refused");
  reply.header("cache-control", "no-store");
  if (typeof details.retryAfter === "number") reply.header("retry-after", details.retryAfter);
  if (!wantsPage(request))
    return reply.code(httpStatus).send({ error: { ...details, code, message, requestId: request.id } });
  const ways = offeredProvider(options.signIn, wantedPage(options, request));
  return sendPage(reply, signInPage(ways, { message, requestId: request.id }), httpStatus);
}

function asDomainError(error: Error & { statusCode?: number }): DomainError {
  if (error instanceof DomainError) return error;
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new DomainError("BAD_USER_INPUT", error.message);
  return new DomainError("INTERNAL_SERVER_ERROR", "Something went wrong on our side.");
}
