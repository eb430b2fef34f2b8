import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { type OidcLog, ProviderFault, reasonOf } from "./oidc-errors.js";
import type { ProviderFetch } from "./oidc-http.js";
import { OidcPause } from "./oidc-pause.js";
import type { OidcLimits } from "./oidc-settings.js";

/** The provider's public keys: one cache for ID tokens and Bearer JWTs alike. */
export interface OidcKeys {
  /** For JWTs that anybody may have sent: an unknown key id causes at most one look at the provider in a while. */
  readonly ofStrangers: JWTVerifyGetKey;
  /** For JWTs that came from the provider itself: an unknown key id means that it has new keys, and they are fetched. */
  readonly ofProvider: JWTVerifyGetKey;
}

/** Keys from a `jwks_uri`, fetched at first use. Both throw a ProviderFault where they cannot be had, else what jose throws. */
export function createOidcKeys(uri: string, http: ProviderFetch, limits: OidcLimits, log: OidcLog): OidcKeys {
  const pause = new OidcPause(limits, (error) =>
    log.warn({ reason: reasonOf(error) }, "the identity provider's keys could not be fetched"),
  );
  const keys = createRemoteJWKSet(new URL(uri), {
    timeoutDuration: limits.requestMs,
    cooldownDuration: limits.keysCooldownMs,
    cacheMaxAge: limits.keysMs,
    // jose's cooldown counts from a success, so a provider that fails would be asked for every token.
    [customFetch]: (url, request) => pause.around(async () => keySet(await http(url, request))),
  });
  return {
    ofStrangers: keys,
    ofProvider: async (header, token) => {
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await keys.reload();
        return keys(header, token);
      }
    },
  };
}

/** The answer, where it is a key set; jose looks closer. */
async function keySet(response: Response): Promise<Response> {
  const body: unknown = response.status === 200 ? await response.json() : undefined;
  if (typeof body !== "object" || body === null || !("keys" in body) || !Array.isArray(body.keys))
    throw new ProviderFault(`jwks_uri gave no key set (status ${response.status})`);
  return Response.json(body);
}
