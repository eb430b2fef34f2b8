import type {
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RouteShorthandOptions,
} from "fastify";
import { badInput, DomainError } from "../domain/domain-error.js";
import { ERROR_TABLE } from "../domain/error-table.js";
import { PROBLEM_MEDIA_TYPE, problemDetails } from "../domain/problem-details.js";
import { looksLikeApiKey } from "./api-key.js";
import type { Authenticator } from "./authenticator.js";
import type { CoreKeys } from "./core-keys.js";
import type { SigningKeys } from "./signing-key.js";
import { DEFAULT_TOKEN_SECONDS, issueToken } from "./token.js";

export interface AuthRoutesOptions {
  readonly authenticator: Authenticator;
  readonly keys: SigningKeys;
  /** Where keys that a Core knows are taken beside ours. */
  readonly coreKeys?: CoreKeys | undefined;
  /** Seconds that a token lasts. */
  readonly tokenSeconds?: number;
  /** How `POST /auth/token` is described. */
  readonly tokenRoute?: Pick<RouteShorthandOptions, "schema" | "validatorCompiler" | "serializerCompiler">;
  /** Counts keys that do not hold against the address that they came from; throws RATE_LIMITED after too many. */
  readonly proving?: <Result>(
    request: FastifyRequest,
    proof: string,
    prove: () => Promise<Result>,
  ) => Promise<Result>;
}

const BODY_BYTES = 4_096;
const JWKS_SECONDS = 300;

/**
 * `POST /auth/token`: an API key becomes a short-lived token. `GET /.well-known/jwks.json`: the public keys. How bodies are read
 * is up to the scope that it is registered in.
 */
export const authRoutes: FastifyPluginAsync<AuthRoutesOptions> = async (server, options) => {
  const { authenticator, keys, coreKeys, tokenSeconds = DEFAULT_TOKEN_SECONDS, tokenRoute } = options;
  const { proving = (_request, _proof, prove) => prove() } = options;
  server.setErrorHandler(answerError);

  server.post("/auth/token", { bodyLimit: BODY_BYTES, ...tokenRoute }, async (request, reply) => {
    const key = presentedKey(request, coreKeys?.couldBeKey ?? looksLikeApiKey);
    const {
      actor,
      id: keyId,
      expiresAt: keyExpiresAt,
    } = await proving(request, key, () => (coreKeys ?? authenticator).authenticate(key));
    const now = Date.now();
    const subject = { principalId: actor.id, workspaceId: actor.workspaceId, keyId };
    const { token, expiresAt } = await issueToken(keys, subject, {
      seconds: tokenSeconds,
      keyExpiresAt,
      now,
    });
    reply.header("cache-control", "no-store");
    return {
      token,
      tokenType: "Bearer",
      expiresIn: Math.max(0, Math.floor((expiresAt - now) / 1000)),
      expiresAt: new Date(expiresAt).toISOString(),
    };
  });

  server.get(
    "/.well-known/jwks.json",
    { schema: { hide: true } as FastifySchema },
    async (_request, reply) => {
      reply.header("cache-control", `public, max-age=${JWKS_SECONDS}`).type("application/jwk-set+json");
      return JSON.stringify(keys.publicJwks());
    },
  );
};

/** @throws DomainError where no API key is presented. A token is not exchanged: it would never end. */
function presentedKey(request: FastifyRequest, couldBeKey: (text: string) => boolean): string {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, key] = /^Bearer +(\S+)$/i.exec(authorization.trim()) ?? [];
    if (key !== undefined && couldBeKey(key)) return key;
    throw new DomainError("UNAUTHENTICATED", "The Authorization header must be `Bearer <API key>`.");
  }
  const { body } = request;
  if (typeof body !== "object" || body === null || !("apiKey" in body)) {
    throw new DomainError(
      "UNAUTHENTICATED",
      'Present an API key: as `Authorization: Bearer csk_…`, or as JSON {"apiKey": "csk_…"}.',
    );
  }
  if (typeof body.apiKey !== "string") throw badInput("apiKey", "apiKey must be a text.");
  if (!couldBeKey(body.apiKey))
    throw new DomainError("UNAUTHENTICATED", "apiKey must be an API key (csk_…).");
  return body.apiKey;
}

/** One refusal as the REST facade gives it; what was not meant for the caller is masked, and found in the log by its id. */
function answerError(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const refusal = asDomainError(error);
  const { logLevel } = ERROR_TABLE[refusal.code];
  // Fastify's own refusals know their status better: too large, of another type.
  const status =
    refusal.code === "BAD_USER_INPUT" && error.statusCode !== undefined
      ? error.statusCode
      : ERROR_TABLE[refusal.code].httpStatus;
  request.log[logLevel](
    { code: refusal.code, ...(logLevel === "error" ? { err: error } : {}) },
    refusal.message,
  );
  if (refusal.code === "UNAUTHENTICATED") reply.header("www-authenticate", 'Bearer realm="countersign"');
  const { code, message, details } = refusal;
  if (typeof details.retryAfter === "number") reply.header("retry-after", details.retryAfter);
  void reply
    .status(status)
    .header("cache-control", "no-store")
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problemDetails({ code, message, details, status }, request.id)));
}

function asDomainError(error: Error & { statusCode?: number }): DomainError {
  if (error instanceof DomainError) return error;
  // Fastify's own refusals of a request: too large, of another type, cut off.
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new DomainError("BAD_USER_INPUT", error.message);
  return new DomainError("INTERNAL_SERVER_ERROR", "Something went wrong on our side.", {}, { cause: error });
}
