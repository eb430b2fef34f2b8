import type { Excerpt } from "./excerpt.js";
import type { Entry, Fact, Letter, Section, Tone } from "./letter.js";
import { changesHtml } from "./letter-changes-html.js";
import { coloured, MONO, SANS, STYLE_SHEET } from "./letter-style.js";
import { html, SafeHtml } from "./safe-html.js";
import type { Words } from "./say.js";
import { jsonPieces } from "./visible-text.js";

/** Fills what lists of mails show after the preheader, so that nothing else of the mail gets there. */
const PADDING = new SafeHtml("&#847;&zwnj;&nbsp;".repeat(60));
const SHEET = new SafeHtml(`<style>${STYLE_SHEET}</style>`);
/** Outlook on Windows knows no max-width. */
const OUTLOOK_BEGIN = new SafeHtml(
  '<!--[if mso]><table role="presentation" width="640" align="center"><tr><td><![endif]-->',
);
const OUTLOOK_END = new SafeHtml("<!--[if mso]></td></tr></table><![endif]-->");
const DOCTYPE = new SafeHtml("<!doctype html>");

const body = coloured("b-surface", "c-text");
const quiet = coloured("c-quiet");
const link = coloured("c-accent");
const ruled = coloured("l-line");
const boxed = coloured("b-raised", "l-line");

/** A mail as HTML that asks for nothing: no script, no picture, no font, no style sheet from anywhere. */
export function letterHtml(letter: Letter): string {
  const notices = letter.sections.filter(({ kind }) => kind === "notice");
  const rest = letter.sections.filter(({ kind }) => kind !== "notice");
  return html`${DOCTYPE}
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${letter.subject}</title>
${SHEET}
</head>
<body class="${body.classes}" style="margin:0;padding:0;${body.style};font:16px/1.5 ${SANS};-webkit-text-size-adjust:100%">
<div aria-hidden="true" style="display:none;max-height:0;overflow:hidden;mso-hide:all">${letter.preheader}${PADDING}</div>
${OUTLOOK_BEGIN}
<div class="page ${body.classes}" style="max-width:640px;margin:0 auto;padding:24px 24px 32px;box-sizing:border-box;${body.style};font:16px/1.5 ${SANS};overflow-wrap:break-word;word-break:break-word">
<div role="main">
${notices.map(sectionHtml)}
${headingHtml(letter)}
${rest.map(sectionHtml)}
</div>
${footerHtml(letter)}
</div>
${OUTLOOK_END}
</body>
</html>
`.text;
}

const TONES: Readonly<Record<Tone, ReturnType<typeof coloured>>> = {
  plain: coloured("c-accent"),
  bad: coloured("c-bad"),
  warn: coloured("c-warn"),
};

function headingHtml({ label, tone, title, titleIsTheirs, place }: Letter): SafeHtml {
  const { classes, style } = TONES[tone];
  return html`<p style="margin:0 0 4px;font-size:14px"><strong class="${classes}" style="${style}">${label}</strong> <span class="${quiet.classes}" style="${quiet.style}">· ${spoken(place)}</span></p>
<h1 dir="${titleIsTheirs ? "auto" : "ltr"}" style="margin:0 0 12px;font-size:24px;line-height:1.25;font-weight:600">${title}</h1>`;
}

function sectionHtml(section: Section): SafeHtml {
  switch (section.kind) {
    case "notice":
      return noticeHtml(section.heading, section.words);
    case "paragraph":
      return html`<p style="margin:0 0 16px">${spoken(section.words)}</p>`;
    case "action":
      return actionHtml(section);
    case "facts":
      return factsHtml(section.heading, section.facts);
    case "quote":
      return html`${subheading(spoken(section.heading))}${quoteHtml(section.excerpt, section.form)}`;
    case "changes":
      return html`${subheading(html`${section.heading}`)}${section.parts.map(changesHtml)}`;
    case "entries":
      return entriesHtml(section.heading, section.entries, section.more);
  }
}

function noticeHtml(heading: string, words: Words): SafeHtml {
  const ground = coloured("b-warned", "l-warn");
  return html`<div role="note" class="${ground.classes}" style="margin:0 0 20px;padding:12px 16px;${ground.style};border-width:0 0 0 4px;border-style:solid"><p style="margin:0"><strong>${heading}.</strong> ${spoken(words)}</p></div>`;
}

function actionHtml({ label, url, note }: { label: string; url: string; note: string }): SafeHtml {
  const button = coloured("b-accent");
  const text = coloured("c-onAccent");
  return html`<table role="presentation" class="wide" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 8px;border-collapse:separate"><tr><td class="wide ${button.classes}" align="center" style="${button.style};border-radius:6px"><a class="wide ${text.classes}" href="${url}" style="display:inline-block;padding:11px 24px;${text.style};font-weight:600;text-decoration:none;border-radius:6px">${label}</a></td></tr></table>
<p class="${quiet.classes}" style="margin:0 0 24px;font-size:14px;${quiet.style}">${note}</p>`;
}

function subheading(heading: SafeHtml): SafeHtml {
  return html`<h2 style="margin:20px 0 8px;font-size:16px;line-height:1.4;font-weight:600">${heading}</h2>`;
}

function factsHtml(heading: string, facts: readonly Fact[]): SafeHtml {
  const rows = facts.map(({ name, value, mono }) => {
    const font = mono === true ? `font:13px/1.6 ${MONO};word-break:break-all` : "";
    return html`<tr><th scope="row" class="name ${quiet.classes}" align="left" valign="top" style="width:152px;padding:3px 12px 3px 0;${quiet.style};font-weight:400">${name}</th><td class="value" valign="top" style="padding:3px 0;${font}">${spoken(value)}</td></tr>`;
  });
  return html`<table class="${ruled.classes}" aria-label="${heading}" width="100%" cellpadding="0" cellspacing="0" style="width:100%;margin:0 0 8px;border-collapse:collapse;font-size:15px;line-height:1.45"><tbody>${rows}</tbody></table>`;
}

function quoteHtml({ text, more }: Excerpt, form: "prose" | "json"): SafeHtml {
  const font = form === "json" ? `font:13px/1.55 ${MONO}` : `font:15px/1.55 ${SANS}`;
  const shown = form === "json" ? html`${json(text)}` : html`${text}`;
  const direction = form === "json" ? "ltr" : "auto";
  const plain = form === "json" ? "" : "unicode-bidi:plaintext;";
  return html`<div class="${boxed.classes}" style="margin:0 0 ${more === 0 ? 20 : 0}px;padding:12px 16px;${boxed.style};border-width:1px;border-style:solid;border-radius:6px"><div dir="${direction}" style="${plain}white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word;${font}">${shown}</div></div>${more === 0 ? null : moreHtml(`… ${more.toLocaleString("en")} more characters in the inbox`)}`;
}

function json(text: string): readonly SafeHtml[] {
  return jsonPieces(text).map((piece) =>
    piece.isolate ? html`<bdi>${piece.text}</bdi>` : html`${piece.text}`,
  );
}

function moreHtml(words: string): SafeHtml {
  return html`<p class="${quiet.classes}" style="margin:6px 0 20px;font-size:14px;${quiet.style}">${words}</p>`;
}

function entriesHtml(heading: Words, entries: readonly Entry[], more: number): SafeHtml {
  const rows = entries.map(
    ({ title, url, about }) =>
      html`<li class="${ruled.classes}" style="margin:0;padding:10px 0;${ruled.style};border-width:1px 0 0;border-style:solid"><a class="${link.classes}" href="${url}" style="${link.style};font-weight:600;text-decoration:underline"><bdi>${title}</bdi></a><br><span class="${quiet.classes}" style="font-size:14px;${quiet.style}">${spoken(about)}</span></li>`,
  );
  return html`${subheading(spoken(heading))}<ul style="margin:0;padding:0;list-style:none">${rows}</ul>${more === 0 ? null : moreHtml(`… and ${more.toLocaleString("en")} more in the inbox`)}`;
}

function footerHtml({ why, preferencesUrl, unsubscribeUrl }: Letter): SafeHtml {
  const to = (url: string, label: string) =>
    html`<a class="${link.classes}" href="${url}" style="${link.style}">${label}</a>`;
  return html`<div role="contentinfo" class="${ruled.classes} ${quiet.classes}" style="margin:32px 0 0;padding:16px 0 0;${ruled.style};border-width:1px 0 0;border-style:solid;font-size:14px;${quiet.style}"><p style="margin:0 0 4px">${spoken(why)}</p><p style="margin:0">${to(preferencesUrl, "Change what you are told")}${unsubscribeUrl === null ? null : html` · ${to(unsubscribeUrl, "Stop these mails")}`}</p></div>`;
}

function spoken(words: Words): SafeHtml {
  return html`${words.map(({ text, theirs }) => (theirs ? html`<bdi>${text}</bdi>` : html`${text}`))}`;
}
