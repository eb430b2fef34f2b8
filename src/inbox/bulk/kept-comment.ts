import type { Choice } from "../decide/outcomes.js";
import { keptText } from "../ticket/kept-text.js";

/** What one is about to say of all that is selected, kept until everything is through: the session may end meanwhile. */
export function keptComment(principalId: string, choice: Choice): ReturnType<typeof keptText> {
  return keptText(`bulk.${principalId}.${choice}`);
}
