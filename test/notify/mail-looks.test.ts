import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailText } from "../../src/notify/mail/mail-text.js";
import { launchBrowser, record } from "../support/browser.js";
import { contextFor, MAIL_SAMPLES } from "../support/mail-samples.js";

const WIDTHS = [360, 800];
const SCHEMES = ["light", "dark"] as const;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Findings {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

describe("a mail in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let axe: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    axe = await readFile("node_modules/axe-core/axe.min.js", "utf8");
  });
  afterAll(() => browser?.close());

  it.each(Object.keys(MAIL_SAMPLES))(
    "(%s) asks nobody for anything, is accessible, and fits, light and dark, on a phone and wide",
    async (name) => {
      const news = MAIL_SAMPLES[name];
      if (news === undefined) throw new Error("no such sample");
      const seen = record(page);
      const { html, subject } = mailText(news, contextFor());
      await page.setContent(html);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          expect(wide).toBeLessThanOrEqual(0);
          await page.evaluate(`${axe}; undefined`);
          const { violations } = (await page.evaluate(
            `axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`,
          )) as Findings;
          expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        }
      }
      const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(ground).toBe("rgb(20, 23, 28)");
      expect(await page.title()).toBe(subject.replace(/\s+/g, " "));
      expect(await page.locator("script, img, link, iframe, form, input, object, embed").count()).toBe(0);
      expect(seen).toEqual({ requests: [], errors: [] });
    },
  );

  it("of hostile text shows tags as text, and key and value where they stand", async () => {
    const news = MAIL_SAMPLES["hostile"];
    if (news === undefined) throw new Error("no such sample");
    await page.setContent(mailText(news, contextFor()).html);
    const said = await page.locator("body").innerText();
    expect(said).toContain("<img src=https://evil.example/pixel.png onerror=alert(1)>");
    expect(said).toContain("user⟦U+202E⟧txt.exe");
    const left = async (text: string) => {
      const box = await page.locator("bdi", { hasText: text }).last().boundingBox();
      return box?.x ?? Number.NaN;
    };
    expect(await left('"\u05DE\u05E4\u05EA\u05D7"')).toBeLessThan(await left('"\u05E2\u05E8\u05DA"'));
  });
});
