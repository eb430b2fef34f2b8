import { iso } from "../domain/refusals.js";
import { fingerprintOf } from "../persistence/fingerprint.js";
import type { PrincipalRow } from "../persistence/rows.js";
import type { SignInLinkRow } from "../persistence/sign-in-queries.js";
import { type NewSecret, type PresentedSecret, secretFormat } from "./secret-text.js";

/** How long a sign-in link can be used, milliseconds. */
export const LINK_MS = 15 * 60_000;

/** A single-use way in, in the only moment in which its text is known. */
export interface SignInLink {
  readonly id: string;
  /** `csl_…`: what stands in the link. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const FORMAT = secretFormat("csl", "link");

export function newSignInLink(): NewSecret {
  return FORMAT.make();
}

/** Undefined where the text is malformed or mistyped. */
export function parseSignInLink(text: string): PresentedSecret | undefined {
  return FORMAT.parse(text);
}

/** What is stored of a link made at that instant. */
export function linkRow(link: NewSecret, principal: PrincipalRow, at: number): SignInLinkRow {
  return {
    id: link.id,
    workspace_id: principal.workspace_id,
    principal_id: principal.id,
    secret_hash: link.secretHash,
    created_at: at,
    expires_at: at + LINK_MS,
    used_at: null,
  };
}

/** What the record says of it. */
export function linkEvent(link: NewSecret, at: number): Readonly<Record<string, string>> {
  return { linkId: link.id, fingerprint: fingerprintOf(link.secretHash), expiresAt: iso(at + LINK_MS) };
}
