/**
 * Characters that nobody sees, or that turn text around (Unicode Standard Annex 9); line ends and tabs become blanks before. The
 * joiners that scripts and emoji need stay.
 */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Surrogate}]/gu;

/** Stands between two characters that would mean something together. */
const APART = "\u200b";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * What somebody has written, as one line that says what it says and does nothing: no mention, no link, no picture, no markup of
 * Slack, Mattermost or Rocket.Chat. Slack's three characters are escaped, as its documentation asks for in every text. It is cut, where it has to be,
 * so that what is sent has `limit` characters at most.
 */
export function inertText(text: string, limit: number): string {
  const line = text
    .replaceAll(/[\s\u2028\u2029]+/gu, " ")
    .replaceAll(UNSEEN, "")
    .trim();
  let inert = "";
  let ended = "";
  for (const character of inertLine(line)) {
    const next = inert + (ENTITIES[character] ?? character);
    if (next.length > limit) return `${ended}…`;
    inert = next;
    // Room for the sign that something is missing.
    if (inert.length < limit) ended = inert;
  }
  return inert;
}

function inertLine(line: string): string {
  return (
    line
      // Mentions: @here and @channel are plain text to Mattermost and Rocket.Chat; a # names a channel.
      .replaceAll(/[@＠#](?=\S)/gu, (sign) => sign + APART)
      // Links and pictures, written out or in Markdown: nobody is to fetch what a proposal names.
      .replaceAll("](", `]${APART}(`)
      .replaceAll("![", `!${APART}[`)
      .replaceAll("://", `:${APART}//`)
      .replaceAll(/\b(www|mailto)(?=[.:])/giu, (word) => word + APART)
      // Emphasis and code.
      .replaceAll(/[*_~`]/gu, (sign) => APART + sign + APART)
  );
}
