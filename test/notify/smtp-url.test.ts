import { describe, expect, it } from "vitest";
import { parseSmtpUrl } from "../../src/notify/mail/smtp-url.js";

describe("the address of a mail server", () => {
  it.each([
    ["smtps://mail.example.org", { port: 465, secure: true, requireTls: false }],
    ["smtp://mail.example.org", { port: 587, secure: false, requireTls: false }],
    ["smtp://mail.example.org:25?tls=required", { port: 25, secure: false, requireTls: true }],
    ["SMTP://mail.example.org/", { port: 587, host: "mail.example.org" }],
    ["smtp://[::1]:2525", { host: "::1", port: 2525 }],
    ["smtp://bücher.example", { host: "xn--bcher-kva.example" }],
  ])("%s is read as it is meant", (url, expected) => {
    expect(parseSmtpUrl(url)).toMatchObject(expected);
  });

  it("sends a password to no other machine without TLS, and takes it with any character in it", () => {
    const auth = { user: "ada@example.org", pass: "p@ss:w/rd%" };
    const login = `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@`;
    expect(parseSmtpUrl(`smtp://${login}mail.example.org`)).toMatchObject({ auth, requireTls: true });
    expect(parseSmtpUrl(`smtps://${login}mail.example.org`)).toMatchObject({ auth, secure: true });
    for (const host of ["localhost", "127.0.0.1", "[::1]"])
      expect(parseSmtpUrl(`smtp://${login}${host}`)).toMatchObject({ auth, requireTls: false });
  });

  it.each([
    "",
    "mail.example.org",
    "smtp:mail.example.org",
    "smtp://ada:%zz@mail.example.org",
    "smtp://a b",
    "smtp://h#x",
  ])("%j is refused without being repeated", (url) => {
    expect(() => parseSmtpUrl(url)).toThrow(/^expected smtps:\/\/user:password@host:465 or/);
  });
});
