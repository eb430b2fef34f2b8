import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLog } from "../../src/server/log.js";
import { readSettings, SETTINGS_SCHEMA } from "../../src/server/settings.js";

const root = join(import.meta.dirname, "../..");
const names = Object.keys(SETTINGS_SCHEMA.shape);

describe("settings", () => {
  it("each have a default that is accepted", () => {
    expect(readSettings({})).toMatchObject({
      port: 4000,
      database: { dialect: "sqlite", path: "./data/countersign.db" },
    });
    const empty = Object.fromEntries(names.map((name) => [name, " "]));
    expect(readSettings(empty)).toEqual(readSettings({}));
  });

  it.each([
    ["PORT", "70000", /PORT: expected a port/],
    ["PORT", "-1", /PORT: expected/],
    ["PORT", "4000.5", /PORT: expected/],
    ["PORT", "0x10", /PORT: expected/],
    ["HOST", "a b", /HOST: expected an address/],
    ["DATABASE_URL", "postgres://localhost/x", /DATABASE_URL: expected sqlite:PATH \(a file\) or mysql:/],
    ["DATABASE_URL", "sqlite:", /DATABASE_URL: expected/],
    ["DATABASE_URL", "sqlite::memory:", /DATABASE_URL: expected/],
    ["DATABASE_URL", "mysql://localhost", /DATABASE_URL: expected/],
    ["DATABASE_URL", "mysql://", /DATABASE_URL: expected/],
    ["LOG_LEVEL", "loud", /LOG_LEVEL: expected one of fatal/],
    ["MIGRATE", "maybe", /MIGRATE: expected true or false/],
    ["LEDGER_POLL_MS", "5000", /LEDGER_POLL_MS: expected milliseconds from 20 to 1000/],
    ["CHECKPOINT_URL", "ftp://x", /CHECKPOINT_URL: expected an http/],
    ["SHUTDOWN_SECONDS", "0", /SHUTDOWN_SECONDS: expected seconds/],
    ["PUBLIC_URL", "nowhere", /PUBLIC_URL: expected an http/],
    ["CORE_URL", "core", /CORE_URL: expected an http/],
    ["CORE_URL", "http://core.gov.example", /CORE_URL: expected an https URL/],
    ["CORE_URL", "https://user:pass@core.gov.example", /CORE_URL: expected a URL without a user/],
    ["CORE_URL", "https://core.gov.example/?a=b", /CORE_URL: expected a URL without a user, a query/],
    ["CORE_URL", "https://core.gov.example", /CORE_API_KEY: expected with CORE_URL/],
    ["CORE_API_KEY", "two words", /CORE_API_KEY: expected a key/],
    ["CORE_API_KEY", "core-key", /CORE_URL: expected with CORE_API_KEY/],
    ["CORE_KEYS", "on", /CORE_URL: expected with CORE_API_KEY and CORE_KEYS/],
    ["CORE_KEYS", "maybe", /CORE_KEYS: expected true or false/],
    ["SMTP_URL", "http://mail.example.org", /SMTP_URL: expected smtps:\/\/user:password@host:465 or/],
    ["SMTP_URL", "smtp://", /SMTP_URL: expected/],
    ["SMTP_URL", "smtp://mail.example.org:0", /SMTP_URL: expected/],
    ["SMTP_URL", "smtp://mail.example.org/path", /SMTP_URL: expected/],
    ["SMTP_URL", "smtp://ada@mail.example.org", /SMTP_URL: expected/],
    ["SMTP_URL", "smtp://mail.example.org?tls=never", /SMTP_URL: expected/],
    ["SMTP_URL", "smtps://mail.example.org?rejectUnauthorized=false", /SMTP_URL: expected/],
    ["MAIL_FROM", "nobody", /MAIL_FROM: expected an address such as/],
    ["MAIL_FROM", "A <a@example.org>, B <b@example.org>", /MAIL_FROM: expected an address/],
    ["MAIL_FROM", "Eve\u0000 <a@b\r\nBcc: c@d>", /MAIL_FROM: expected an address/],
  ])("refuse %s=%s, saying what is expected", (name, value, message) => {
    expect(() => readSettings({ [name]: value })).toThrow(message);
  });

  it("take a Core for its log, for its keys, or for both, under any path", () => {
    const CORE_URL = "https://core.gov.example/hms//";
    const url = "https://core.gov.example/hms";
    expect(readSettings({}).core).toBeUndefined();
    expect(readSettings({ CORE_URL, CORE_API_KEY: "key" }).core).toEqual({
      url,
      apiKey: "key",
      checksKeys: false,
      workspace: "default",
    });
    expect(readSettings({ CORE_URL, CORE_KEYS: "on", CORE_WORKSPACE: "loans" }).core).toEqual({
      url,
      apiKey: undefined,
      checksKeys: true,
      workspace: "loans",
    });
  });

  it("name every wrong one at once", () => {
    expect(() => readSettings({ PORT: "x", LOG_LEVEL: "y" })).toThrow(/PORT:[\s\S]*LOG_LEVEL:/);
  });

  it("of mail belong together, and a refused address of the mail server is not repeated", () => {
    const smtpUrl = "smtps://ada:s3cret%40@mail.example.org";
    expect(readSettings({}).mail).toBeUndefined();
    expect(
      readSettings({ SMTP_URL: smtpUrl, MAIL_FROM: '"Review desk" <review@bücher.example>' }).mail,
    ).toEqual({
      smtpUrl,
      from: { name: "Review desk", address: "review@xn--bcher-kva.example" },
    });
    expect(() => readSettings({ SMTP_URL: smtpUrl })).toThrow(/MAIL_FROM: expected with SMTP_URL/);
    expect(() => readSettings({ SMTP_URL: `${smtpUrl}/s3cret?tls=no` })).toThrow(/^(?!.*s3cret)/s);
  });

  it("with a password in them are blanked where they are logged", () => {
    const lines: string[] = [];
    const log = createLog("info", { write: (line) => lines.push(line) });
    const { mail } = readSettings({
      SMTP_URL: "smtps://ada:s3cret@mail.example.org",
      MAIL_FROM: "a@b.example",
    });
    log.info(mail);
    log.info({ mail });
    log.info({ settings: { mail } });
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^(?!.*s3cret).*"smtpUrl":"\[secret\]"/);
  });

  it("are all in the documentation and in .env.example, with their defaults, and nothing else is", () => {
    const documented = [
      ...readFileSync(join(root, "docs/settings.md"), "utf8").matchAll(/^\| `([A-Z_]+)` \| (.*?) \|/gm),
    ];
    expect(documented.map(([, name]) => name)).toEqual(names);
    const example = [...readFileSync(join(root, ".env.example"), "utf8").matchAll(/^# ([A-Z_]+)=(.*)$/gm)];
    expect(example.map(([, name]) => name)).toEqual(names);
    const fromExample = Object.fromEntries(example.map(([, name, value]) => [name, value]));
    const fromDocs = Object.fromEntries(
      documented.map(([, name, value]) => [name, /^`(.*)`$/.exec(value ?? "")?.[1] ?? ""]),
    );
    expect(readSettings(fromExample)).toEqual(readSettings({}));
    expect(fromDocs).toEqual(fromExample);
  });
});
