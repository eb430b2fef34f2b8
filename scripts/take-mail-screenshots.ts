// Takes pictures of every kind of mail, light and dark, on a phone and wide: node --import tsx scripts/take-mail-screenshots.ts [directory]
//
// Without a directory, those of docs/mail.md are taken again. Needs a Chromium (CHROMIUM_PATH, or Debian's).

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { mailText } from "../src/notify/mail/mail-text.js";
import { contextFor, MAIL_SAMPLES } from "../test/support/mail-samples.js";

const DOCUMENTED = ["new-ticket", "new-revision", "digest"];
const SCHEMES = ["light", "dark"] as const;
const WIDTHS = [360, 800];
const DOCUMENTED_SIZE = { width: 720, height: 900 };

const directory = process.argv[2];
const output = directory ?? join(import.meta.dirname, "../docs/images");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  await mkdir(output, { recursive: true });
  for (const [name, news] of Object.entries(MAIL_SAMPLES)) {
    if (directory === undefined && !DOCUMENTED.includes(name)) continue;
    const { html, text, subject } = mailText(news, contextFor());
    if (directory !== undefined) {
      await writeFile(join(output, `${name}.txt`), `Subject: ${subject}\n\n${text}`);
      await writeFile(join(output, `${name}.html`), html);
    }
    for (const colorScheme of SCHEMES) {
      for (const width of directory === undefined ? [DOCUMENTED_SIZE.width] : WIDTHS) {
        const page = await browser.newPage({
          viewport: { width, height: DOCUMENTED_SIZE.height },
          colorScheme,
        });
        await page.setContent(html);
        const path =
          directory === undefined ? `mail-${name}-${colorScheme}` : `${name}-${colorScheme}-${width}`;
        await page.screenshot({ path: join(output, `${path}.png`), fullPage: directory !== undefined });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
}
