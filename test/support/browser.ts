import { type Browser, chromium, type Page } from "playwright-core";

const DEFAULT_CHROMIUM = "/usr/bin/chromium";

/** Starts a headless Chromium (CHROMIUM_PATH, or Debian's) that talks to nobody of its own accord. Close it. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || DEFAULT_CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What a page did that nobody sees on it. */
export interface PageRecord {
  /** Every URL that it asked for, WebSockets included; `data:` and `blob:` stay on the machine and are left out. */
  readonly requests: string[];
  /** Uncaught exceptions, and what it or the browser logged as errors (refusals of the content security policy too). */
  readonly errors: string[];
}

/** Records what the page does from now on. */
export function record(page: Page): PageRecord {
  const requests: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url())) {
      requests.push(request.url());
    }
  });
  page.on("websocket", (socket) => requests.push(socket.url()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") {
      errors.push(message.text());
    }
  });
  return { requests, errors };
}
