import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Database } from "../persistence/database.js";
import { findExternalIdentities } from "../persistence/sign-in-queries.js";
import {
  actorFrom,
  type Credential,
  isUnchanged,
  type ProviderCredentials,
  principalText,
  unauthenticated,
} from "./credential.js";
import { admitByClaims, type ExternalMembers } from "./external-members.js";
import type { OidcClient } from "./oidc-provider-client.js";
import type { ClaimRules } from "./oidc-settings.js";

export interface ProviderCredentialsOptions {
  readonly database: Pick<Database, "read">;
  readonly client: OidcClient;
  readonly members: ExternalMembers;
  readonly rules: ClaimRules;
  readonly now: () => number;
}

/** How long a JWT that was found good is taken without looking at its signature again; the member is looked at afresh. */
const CACHE_MS = 2_000;
const CACHE_JWTS = 20_000;

export function createProviderCredentials(options: ProviderCredentialsOptions): ProviderCredentials {
  const { database, client, members, rules, now } = options;
  const known = new LRUCache<string, Credential>({ max: CACHE_JWTS, ttl: CACHE_MS });
  return {
    kind: "PROVIDER_TOKEN",
    async fromJwt(text) {
      const digest = createHash("sha256").update(text).digest("base64url");
      const earlier = known.get(digest);
      if (earlier !== undefined && (earlier.expiresAt ?? 0) > now()) return earlier;
      const claims = await client.verifyBearer(text);
      const { expiresAt, issuedAt } = claims;
      const row = await admitByClaims(members, claims, rules, issuedAt);
      if (expiresAt <= now()) throw unauthenticated();
      const credential: Credential = { kind: "PROVIDER_TOKEN", id: row.id, actor: actorFrom(row), expiresAt };
      known.set(digest, credential);
      return credential;
    },
    async stillValid(credentials) {
      const ids = [...new Set(credentials.map((credential) => credential.id))];
      const rows = await findExternalIdentities(database.read, ids);
      const found = new Map(rows.map((row) => [row.id, principalText(row)]));
      return credentials.filter((credential) => {
        const principal = found.get(credential.id);
        return principal !== undefined && isUnchanged(credential, principal);
      });
    },
  };
}
