import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownPage, signInAddress } from "../../src/server/own-page.js";

const TICKET = "/tickets/ticket_01h455vb4pex5vsknk084sn02q";
const HERE = "https://countersign.example.org";

const OWN = [
  "/",
  "/?status=approved",
  "/?q=Fees+%26+terms&queue=legal&order=due",
  "/?q=%C3%A9t%C3%A9%20%22x%22%3Cb%3E",
  "/?q=//evil.example/%2F%5C@:",
  "/audit",
  `/audit?type=DECISION_RECORDED&ticket=${TICKET.slice(9)}`,
  "/admin",
  "/notifications",
  TICKET,
  `${TICKET}?`,
  `/?q=${"x".repeat(990)}`,
];

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  5,
  {},
  ["/admin", "/admin"],
  ["/admin"],
  new String("/admin"),
  "",
  " ",
  "admin",
  "//evil.example",
  "///evil.example",
  "////evil.example/",
  "//evil.example/tickets/ticket_01h455vb4pex5vsknk084sn02q",
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "/%2f/evil.example",
  "/%2Fevil.example",
  "/%5Cevil.example",
  "/%5c%5cevil.example",
  "%2F%2Fevil.example",
  "/.//evil.example",
  "/..//evil.example",
  "/./admin",
  "/admin/..//evil.example",
  "/admin/",
  "/admin//",
  "/ADMIN",
  "/%61dmin",
  "/@evil.example",
  "/:80",
  ".evil.example",
  "@evil.example",
  "https://evil.example/",
  "https:evil.example",
  "https:/evil.example",
  `${HERE}/admin`,
  "http:///evil.example",
  "javascript:alert(1)",
  "JavaScript:alert(1)",
  "\tjavascript:alert(1)",
  "java\nscript:alert(1)",
  "/javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "blob:x",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r/evil.example",
  "\t//evil.example",
  " //evil.example",
  "/admin ",
  "/admin\n",
  "/admin\r\nSet-Cookie: x=y",
  "/admin?x\r\nSet-Cookie: x=y",
  "/admin?x%0d%0aSet-Cookie:%20x=y",
  "/admin?x%0A",
  "/admin?x%00",
  "/admin?x\u0000",
  "/admin?x%7F",
  "/admin?x%1b[2J",
  "/admin?%",
  "/admin?%2",
  "/admin?%zz",
  '/admin?"><script>alert(1)</script>',
  "/admin?<",
  "/admin?x\\y",
  "/admin?x#y",
  "/admin#keys",
  "/admin?x y",
  "/admin?\u00e9",
  "/admin?\u202e",
  "/admin?\ud800",
  "/\uff0fevil.example",
  "/\u2044evil.example",
  "/\u3002evil.example",
  "/?0;url=https://evil.example\u2028",
  "/auth/oidc/sign-in",
  "/auth/oidc/callback?code=x",
  "/auth/token",
  "/graphql",
  "/graphql?query=%7Bviewer%7D",
  "/sign-in",
  "/sign-in?next=/admin",
  "/sign-out",
  "/account",
  "/playground",
  "/audit/export",
  "/hitl/tickets",
  "/assets/x.js",
  "/tickets",
  "/tickets/",
  "/tickets/ticket_",
  "/tickets/ticket_01h455vb4pex5vsknk084sn02",
  `${TICKET}/`,
  `${TICKET}/../../graphql`,
  `${TICKET}%2f..`,
  `/tickets/../graphql`,
  `/?q=${"x".repeat(1_000)}`,
  "/".repeat(1_000_000),
];

describe("where one may be led after signing in", () => {
  it.each(OWN)("is %s", (page) => {
    expect(ownPage(page)).toBe(page);
  });

  it.each(HOSTILE.map((wanted) => [String(wanted).slice(0, 60), wanted]))("is not %j", (_, wanted) => {
    expect(ownPage(wanted)).toBe(undefined);
    expect(signInAddress(wanted)).toBe("/sign-in");
  });

  it("is always this origin, whatever is said, and goes into a header and a page as it is", () => {
    const pieces = fc.constantFrom(
      ...[
        "/",
        "\\",
        "//",
        "admin",
        "audit",
        "?",
        "%2f",
        "%5c",
        "%0d%0a",
        "\t",
        "\n",
        ":",
        "@",
        "#",
        "..",
        ".",
      ],
      ...["evil.example", "https:", "javascript:", "&", "<", '"', "'", "%", "\u0000", TICKET],
    );
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
      fc.array(pieces, { maxLength: 8 }).map((parts) => `/?${parts.join("")}`),
      fc.string({ unit: "binary" }),
    );
    let letThrough = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const page = ownPage(text);
        if (page === undefined) return;
        letThrough += 1;
        const url = new URL(page, HERE);
        expect(url.origin).toBe(HERE);
        // What a browser makes of it is what was looked at; it encodes one more character of a query.
        expect(url.href).toBe(`${HERE}${page.replaceAll("'", "%27")}`);
        expect(() => new Headers({ location: page })).not.toThrow();
        expect(page).not.toMatch(/["<>\s]/);
      }),
      { numRuns: 5_000 },
    );
    expect(letThrough).toBeGreaterThan(50);
  });

  it("is said in the address of the sign-in page, but for the page that one comes to anyway", () => {
    expect(signInAddress("/")).toBe("/sign-in");
    expect(signInAddress("/?status=approved&q=a+b")).toBe(
      "/sign-in?next=%2F%3Fstatus%3Dapproved%26q%3Da%2Bb",
    );
    expect(new URL(signInAddress(`${TICKET}?a=b`), HERE).searchParams.get("next")).toBe(`${TICKET}?a=b`);
  });
});
