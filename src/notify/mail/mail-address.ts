import { domainToASCII } from "node:url";
import { oneLine, shortened } from "./visible-text.js";

/** A mailbox, with the name that is shown for it. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** Nothing that has a meaning in a header or in SMTP; letters of any script (RFC 6531). */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{C}]{1,64}@([^\s@<>()[\]\\,;:"\p{C}]{1,253})$/u;

/** The address as mail is sent to it, its domain in ASCII; undefined where it is none. */
export function mailAddress(text: string): string | undefined {
  const [, domain] = ADDRESS.exec(text) ?? [];
  if (domain === undefined) return undefined;
  const ascii = domainToASCII(domain);
  return ascii === "" ? undefined : `${text.slice(0, text.lastIndexOf("@"))}@${ascii}`;
}

/** Reads `Countersign <review@example.org>`, or an address alone; undefined where it is neither. */
export function namedAddress(text: string): MailAddress | undefined {
  const [, name = "", inner] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = mailAddress(inner?.trim() ?? text.trim());
  return address === undefined
    ? undefined
    : { name: shownName(name.trim().replace(/^"(.*)"$/, "$1")), address };
}

/** A name beside an address: one line, and none that could itself be taken for an address. */
export function shownName(name: string): string {
  return shortened(
    oneLine(name)
      .replace(/[<>@"\\]/g, " ")
      .replace(/ +/g, " ")
      .trim(),
    80,
  );
}

/** The host that an address belongs to. */
export function hostOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
