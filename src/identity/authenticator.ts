import type { Database } from "../persistence/database.js";
import { looksLikeApiKey } from "./api-key.js";
import {
  type Credential,
  type CredentialSource,
  type ProviderCredentials,
  unauthenticated,
} from "./credential.js";
import { createKeyCredentials } from "./key-credentials.js";
import type { SessionCredentials } from "./session-credentials.js";
import type { SigningKeys } from "./signing-key.js";
import { isOwnToken } from "./token.js";

export interface Authenticator {
  /**
   * Who presents this API key or token (what follows `Bearer `): ours, or a JWT of the identity provider.
   * @throws DomainError UNAUTHENTICATED, with one message for every cause: which of them it is helps only who guesses
   */
  authenticate(bearer: string): Promise<Credential>;
  /**
   * Who a browser's session cookie belongs to.
   * @throws DomainError UNAUTHENTICATED
   */
  fromCookie(text: string): Promise<Credential>;
  /** Says that a credential is in use, where a request came over something that was opened earlier. */
  touch(credential: Credential): void;
  /**
   * Those of the credentials that would still be given: neither revoked, ended nor expired, and the principal's kind,
   * name, roles and queues what they were. Asks the database afresh, in few statements however many they are. Only
   * credentials that this authenticator gave (or copies of them) hold.
   */
  stillValid(credentials: Iterable<Credential>): Promise<Set<Credential>>;
}

export interface AuthenticatorOptions {
  readonly database: Pick<Database, "read">;
  readonly keys: SigningKeys;
  /** Where people sign in by browser. */
  readonly sessions?: SessionCredentials | undefined;
  /** Where there is an identity provider whose JWTs are taken. */
  readonly provider?: ProviderCredentials | undefined;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** Longer texts are no credentials of ours; refused before anything is computed. */
const MAX_LENGTH = 4_096;
/** Providers put whole lists of groups into theirs. */
const MAX_PROVIDER_LENGTH = 8_192;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { database, keys, sessions, provider, now = Date.now } = options;
  const own = createKeyCredentials(database, keys, now);
  const sources = [own, sessions, provider].filter((source) => source !== undefined);
  const byKind = new Map<Credential["kind"], CredentialSource>(
    sources.map((source) => [source.kind, source]),
  );

  return {
    authenticate: async (bearer) => {
      if (looksLikeApiKey(bearer) && bearer.length <= MAX_LENGTH) return own.fromKey(bearer);
      if (provider !== undefined && bearer.length <= MAX_PROVIDER_LENGTH && !isOwnToken(bearer))
        return provider.fromJwt(bearer);
      if (bearer.length > MAX_LENGTH) throw unauthenticated();
      return own.fromToken(bearer);
    },
    fromCookie: async (text) => {
      if (sessions === undefined || text.length > MAX_LENGTH) throw unauthenticated();
      return sessions.fromCookie(text);
    },
    touch: (credential) => sessions?.touch(credential),
    stillValid: async (credentials) => {
      const instant = now();
      const open = [...credentials].filter(({ expiresAt }) => expiresAt === null || expiresAt > instant);
      const valid = new Set<Credential>();
      for (const [kind, source] of byKind) {
        const ofKind = open.filter((credential) => credential.kind === kind);
        if (ofKind.length === 0) continue;
        for (const credential of await source.stillValid(ofKind, instant)) valid.add(credential);
      }
      return valid;
    },
  };
}
