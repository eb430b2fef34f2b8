import type { Authenticator } from "../identity/authenticator.js";
import type { SessionCredentials } from "../identity/session-credentials.js";
import type { SessionStore } from "../identity/sessions.js";

/** Whom the identity provider sent back, as a member of a workspace. */
export interface CameFromProvider {
  readonly workspaceId: string;
  readonly principalId: string;
  readonly issuer: string;
  readonly identityId: string;
}

/** Everything that signing in by browser works with. */
export interface SignIn {
  readonly store: SessionStore;
  readonly sessions: SessionCredentials;
  readonly authenticator: Authenticator;
  /** Undefined where there is no identity provider. */
  readonly provider:
    | {
        /** What people know it as. */
        readonly name: string;
        /** Where the browser is sent, and what it must bring back in a cookie; `goesTo` is kept in that. */
        begin(goesTo: string | undefined): Promise<{ readonly url: string; readonly state: string }>;
        /** @throws DomainError UNAUTHENTICATED, FORBIDDEN, UNAVAILABLE */
        finish(callback: URL, state: string | undefined): Promise<CameFromProvider>;
      }
    | undefined;
}
