import { mailText } from "../../src/notify/mail/mail-text.js";
import { contextFor, newsOf, type SampleParts } from "./mail-samples.js";

/** The mail about one sample. */
export function written(parts: SampleParts = {}, context = contextFor()) {
  return mailText([newsOf(parts)], context);
}

/** HTML without its tags: what a reader sees of it. */
export function seen(html: string): string {
  return html
    .replace(/<head>[\s\S]*<\/head>/, "")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
