import type { JwsSigner, JwsVerifier } from "../../ledger/receipt.js";
import type { PreferenceChoice } from "./own-preferences.js";
import type { LinkHolder } from "./unsubscribe-link.js";

/** The `typ` of the header of what takes an unsubscribing back: a link, which has no end, can never pass for it. */
export const UNDO_TYP = "countersign-unsubscribe-undo+jws";

/** How long an unsubscribing can be taken back without a session, milliseconds. */
export const UNDO_MS = 3_600_000;

interface Payload {
  readonly v: 1;
  readonly workspace: string;
  readonly principal: string;
  readonly queue: string | null;
  readonly before: readonly PreferenceChoice[];
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * What the page that says "no more mail" hands out to take it back: what held before, for this holder, for an hour. Signed, so
 * that nobody can choose anything else with it.
 * @param now milliseconds since the epoch
 */
export function undoToken(
  keys: JwsSigner,
  { workspaceId, principalId, queue }: LinkHolder,
  before: readonly PreferenceChoice[],
  now: number,
): string {
  const about = { workspace: workspaceId, principal: principalId, queue };
  const payload: Payload = { v: 1, ...about, before, expires: now + UNDO_MS };
  return keys.sign(UNDO_TYP, payload);
}

/**
 * What held before, as this holder was handed it; `"EXPIRED"` where that is too long ago, undefined where it is none of ours or
 * for another link.
 */
export function openUndo(
  keys: JwsVerifier,
  token: unknown,
  { workspaceId, principalId, queue }: LinkHolder,
  now: number,
): readonly PreferenceChoice[] | "EXPIRED" | undefined {
  const opened = keys.verify(UNDO_TYP, token);
  if ("problem" in opened) return undefined;
  // Signed by `undoToken` alone.
  const said = JSON.parse(opened.payload) as Payload;
  if (said.workspace !== workspaceId || said.principal !== principalId || said.queue !== queue)
    return undefined;
  return said.expires > now ? said.before : "EXPIRED";
}
