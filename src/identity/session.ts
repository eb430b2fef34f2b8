import { type NewSecret, type PresentedSecret, secretFormat } from "./secret-text.js";

const FORMAT = secretFormat("css", "session");

/** A browser's session: `css_…` is what its cookie holds. */
export function newSession(): NewSecret {
  return FORMAT.make();
}

/** Undefined where the text is malformed. */
export function parseSession(text: string): PresentedSecret | undefined {
  return FORMAT.parse(text);
}
