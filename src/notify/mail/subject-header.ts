/** Of one encoded word: with what stands around it, no line is longer than the 76 characters of RFC 2047, 2. */
const WORD_BYTES = 39;

/** A subject as the mailer is given it. */
export interface SubjectHeader {
  readonly subject?: string;
  readonly headers?: { readonly Subject: { readonly prepared: true; readonly value: string } };
}

/**
 * The subject, so that it is read as it was written. The mailer leaves alone what looks like an encoded word (RFC 2047), and mail
 * programs would decode it: a title could hide its text from whoever looks at the ticket, and say something else in a mailbox.
 */
export function subjectHeader(subject: string): SubjectHeader {
  if (!subject.includes("=?")) return { subject };
  return { headers: { Subject: { prepared: true, value: encodedWords(subject).join("\r\n ") } } };
}

function encodedWords(text: string): string[] {
  const parts = [""];
  // Each of them has whole characters.
  for (const character of text) {
    const last = parts.at(-1) ?? "";
    if (Buffer.byteLength(last + character) > WORD_BYTES) parts.push(character);
    else parts[parts.length - 1] = last + character;
  }
  return parts.map((part) => `=?UTF-8?B?${Buffer.from(part).toString("base64")}?=`);
}
