import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  clockTolerance,
  customFetch,
  discovery,
  None,
} from "openid-client";
import { type OidcLog, ProviderFault, reasonOf } from "./oidc-errors.js";
import { isPlainLoopback, type ProviderFetch } from "./oidc-http.js";
import { createOidcKeys, type OidcKeys } from "./oidc-keys.js";
import { OidcPause } from "./oidc-pause.js";
import type { OidcClientSettings, OidcLimits } from "./oidc-settings.js";

/** The provider, as its discovery document describes it. */
export interface OidcProvider {
  readonly configuration: Configuration;
  /** As it writes itself; its tokens must say the same, to the letter. */
  readonly issuer: string;
  readonly hasUserInfo: boolean;
  readonly keys: OidcKeys;
}

/**
 * The provider, discovered when it is first needed (OpenID Connect Discovery 1.0) and kept; after a failure it is tried again,
 * not sooner than a pause later. So the server starts, and everything but signing in works, while the provider is down.
 * The function that is returned throws a ProviderFault.
 */
export function createOidcDiscovery(
  settings: OidcClientSettings,
  http: ProviderFetch,
  limits: OidcLimits,
  log: OidcLog,
): () => Promise<OidcProvider> {
  const pause = new OidcPause(limits, (error) =>
    log.warn(
      { issuer: settings.issuer, reason: reasonOf(error) },
      "the identity provider was not discovered",
    ),
  );
  let known: Promise<OidcProvider> | undefined;
  const discover = (): Promise<OidcProvider> =>
    pause
      .around(async () => providerOf(await ask(settings, http, limits), http, limits, log))
      .catch((error: unknown) => {
        known = undefined;
        throw error;
      });
  return () => {
    known ??= discover();
    return known;
  };
}

function ask(settings: OidcClientSettings, http: ProviderFetch, limits: OidcLimits): Promise<Configuration> {
  const { issuer, clientId, clientSecret, algorithm } = settings;
  return discovery(
    new URL(issuer),
    clientId,
    {
      // Pinned, whatever the provider announces or the token says.
      id_token_signed_response_alg: algorithm,
      [clockTolerance]: limits.clockToleranceS,
    },
    clientSecret === undefined ? None() : withSecret(clientSecret),
    {
      [customFetch]: http,
      timeout: limits.requestMs / 1_000,
      ...(isPlainLoopback(issuer) ? { execute: [allowInsecureRequests] } : {}),
    },
  );
}

/** The secret in the way that the provider takes it; where it does not say, as its specification has it. */
function withSecret(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return (methods.includes("client_secret_basic") ? basic : post)(server, ...rest);
  };
}

function providerOf(
  configuration: Configuration,
  http: ProviderFetch,
  limits: OidcLimits,
  log: OidcLog,
): OidcProvider {
  const { issuer, jwks_uri: jwksUri, userinfo_endpoint: userInfo } = configuration.serverMetadata();
  // Some providers answer for every tenant with one document; whose tokens they are would then be anybody's guess.
  if (/[{}]/.test(issuer)) throw new ProviderFault(`the provider has no issuer of its own: ${issuer}`);
  if (typeof jwksUri !== "string" || !URL.canParse(jwksUri))
    throw new ProviderFault("the provider's discovery document names no jwks_uri");
  return {
    configuration,
    issuer,
    hasUserInfo: userInfo !== undefined,
    keys: createOidcKeys(jwksUri, http, limits, log),
  };
}
