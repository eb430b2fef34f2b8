import { admitByClaims, type ExternalMembers } from "../identity/external-members.js";
import type { OidcClient } from "../identity/oidc-provider-client.js";
import type { OidcSettings } from "./settings.js";
import type { SignIn } from "./sign-in.js";

/** Signing in at the identity provider, as the pages use it. */
export function oidcSignIn(
  settings: OidcSettings,
  client: OidcClient,
  members: ExternalMembers,
): NonNullable<SignIn["provider"]> {
  return {
    name: settings.name,
    begin: (goesTo) => client.begin(goesTo),
    finish: async (callback, state) => {
      const claims = await client.finish(callback, state);
      const issuedAt = typeof claims.iat === "number" ? claims.iat * 1_000 : Date.now();
      const row = await admitByClaims(members, claims, settings, issuedAt);
      return {
        workspaceId: row.workspace_id,
        principalId: row.principal_id,
        issuer: claims.iss,
        identityId: row.id,
      };
    },
  };
}
