import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import { LIMITS } from "../../src/domain/limits.js";
import { ROLES } from "../../src/domain/principal.js";
import { CLAIM_LIMITS, type Membership, membershipOf } from "../../src/identity/claims-mapping.js";
import { requiredName } from "../../src/identity/names.js";
import { type Claims, claimAt, missingClaims, withUserInfo } from "../../src/identity/oidc-claims.js";
import type { ClaimRules } from "../../src/identity/oidc-settings.js";

const ISSUER = "https://id.example.org";
const MEGABYTE = "x".repeat(1_000_000);

const rules = (changes: Partial<ClaimRules> = {}): ClaimRules => ({
  workspace: "default",
  workspaceClaim: undefined,
  rolesClaim: "roles",
  roles: [
    { claim: "credit-reviewers", role: "REVIEWER" },
    { claim: "revision", role: "AUDITOR" },
    { claim: "bots", role: "AGENT" },
    { claim: "Staff Admins", role: "ADMIN" },
  ],
  queuesClaim: undefined,
  ...changes,
});

const of = (claims: Readonly<Record<string, unknown>>, changes: Partial<ClaimRules> = {}): Membership =>
  membershipOf({ iss: ISSUER, sub: "ada", roles: "credit-reviewers", ...claims } as Claims, rules(changes));

/** Claims as they come: from JSON, where `__proto__` is a name like any other. */
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

function refused(map: () => unknown): DomainError {
  try {
    map();
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: "FORBIDDEN" });
    return error as DomainError;
  }
  throw new Error("nothing was refused");
}

describe("a person's claims", () => {
  it("say who it is, where, and as what", () => {
    expect(
      of(
        {
          name: "Ada Reviewer",
          email: "ada@example.org",
          email_verified: true,
          realm_access: { roles: ["revision", "credit-reviewers", "offline_access"] },
          agency: "north",
          queues: ["loans", "default"],
        },
        { rolesClaim: "realm_access.roles", workspaceClaim: "agency", queuesClaim: "queues" },
      ),
    ).toEqual({
      subject: { issuer: ISSUER, sub: "ada" },
      workspace: "north",
      name: "Ada Reviewer",
      email: "ada@example.org",
      roles: ["REVIEWER", "AUDITOR"],
      queues: ["default", "loans"],
    });
  });

  it("need not say any roles where none are mapped: then the person must have been invited", () => {
    expect(of({ roles: undefined }, { roles: [] })).toMatchObject({ roles: null, workspace: "default" });
  });

  it("say nothing about queues unless a claim is set for it", () => {
    expect(of({ queues: ["loans"] })).toHaveProperty("queues", undefined);
  });
});

describe("roles", () => {
  it.each<[string, unknown, readonly string[]]>([
    ["one text", "credit-reviewers", ["REVIEWER"]],
    ["a list", ["bots", "credit-reviewers"], ["AGENT", "REVIEWER"]],
    ["the same value again and again", ["revision", "revision"], ["AUDITOR"]],
    ["a text with a blank, as one value", "Staff Admins", ["ADMIN"]],
    ["values of other kinds beside it", [7, null, {}, [["revision"]], true, "revision"], ["AUDITOR"]],
    [
      "ten thousand others",
      [...Array.from({ length: 10_000 }, (_, i) => `group-${i}`), "revision"],
      ["AUDITOR"],
    ],
    ["a megabyte beside it", [MEGABYTE, "revision"], ["AUDITOR"]],
  ])("come from %s", (_what, roles, expected) => {
    expect(of({ roles }).roles).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["an empty text", ""],
    ["an empty list", []],
    ["a number", 1],
    ["true", true],
    ["an object", { "credit-reviewers": true }],
    ["a list in a list", [["credit-reviewers"]]],
    ["an object that looks like a list", { 0: "credit-reviewers", length: 1 }],
    ["another value", "reviewers"],
    ["another case", "Credit-Reviewers"],
    ["a value with blanks around it", " credit-reviewers "],
    ["a text that holds a value among others", "staff credit-reviewers"],
    ["a text with a comma", "credit-reviewers,revision"],
    ["the name of a role itself", "ADMIN"],
    ["SYSTEM", "SYSTEM"],
    ["what every object has", "constructor"],
    ["a megabyte", MEGABYTE],
    ["ten thousand groups", Array.from({ length: 10_000 }, (_, i) => `group-${i}`)],
  ])("do not come from %s", (_what, roles) => {
    const { message, details } = refused(() => of({ roles }));
    expect(details).toEqual({ claim: "roles" });
    expect(message).toMatch(
      /^(The identity provider gives you no role\.|Nothing that the identity provider says)/,
    );
    expect(message).toContain('its claim "roles"');
    expect(message.length).toBeLessThan(250);
  });

  it("are split at blanks in scope and scp alone, where blanks separate by definition", () => {
    const text = "openid revision  credit-reviewers";
    expect(of({ scope: text }, { rolesClaim: "scope" }).roles).toEqual(["REVIEWER", "AUDITOR"]);
    expect(of({ token: { scp: text } }, { rolesClaim: "token.scp" }).roles).toEqual(["REVIEWER", "AUDITOR"]);
    refused(() => of({ telescope: text }, { rolesClaim: "telescope" }));
    // In a list every value is whole, there too.
    refused(() => of({ scope: [text] }, { rolesClaim: "scope" }));
  });
});

describe("the path of a claim", () => {
  it.each<[string, string, unknown]>([
    ["leads into objects", '{"a":{"b":{"c":"found"}}}', "found"],
    ["may be the claim's whole name, dots and all", '{"a.b.c":"found","a":{"b":{"c":"other"}}}', "found"],
    ["ends at a list", '{"a":[{"b":{"c":"found"}}]}', undefined],
    ["ends at a text", '{"a":{"b":"c"}}', undefined],
    ["ends at null", '{"a":{"b":null}}', undefined],
    ["ends where nothing is", "{}", undefined],
  ])("%s", (_what, text, expected) => {
    expect(claimAt(json(text), "a.b.c")).toBe(expected);
  });

  it.each(["https://countersign.example.org/roles", "cognito:groups"])("can be a name such as %s", (name) => {
    expect(of({ roles: undefined, [name]: ["revision"] }, { rolesClaim: name }).roles).toEqual(["AUDITOR"]);
  });

  it.each([
    "__proto__",
    "constructor",
    "constructor.name",
    "toString",
    "a.__proto__",
    "a.constructor.prototype",
    "a.length",
    "list.length",
    "list.0",
    "text.length",
    "",
    ".",
    "a..b",
  ])("finds nothing that is inherited or not written there: %s", (path) => {
    expect(claimAt(json('{"a":{},"list":["x"],"text":"abc"}'), path)).toBeUndefined();
    refused(() => of({ a: {}, list: ["x"], text: "abc" }, { rolesClaim: path }));
  });

  it("takes a claim named __proto__ for a claim, and nothing else comes of it", () => {
    const claims = json('{"__proto__":{"roles":["revision"],"polluted":true}}');
    expect(claimAt(claims, "__proto__.roles")).toEqual(["revision"]);
    expect(claimAt(claims, "roles")).toBeUndefined();
    const merged = withUserInfo({ iss: ISSUER, sub: "ada" }, claims);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(merged["polluted"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("the workspace", () => {
  it.each<[string, unknown]>([
    ["a text", "north"],
    ["a list of one", ["north"]],
  ])("comes from %s", (_what, agency) => {
    expect(of({ agency }, { workspaceClaim: "agency" }).workspace).toBe("north");
  });

  it.each<[string, unknown, string]>([
    ["no claim", undefined, "does not say which workspace"],
    ["an empty text", "", "does not say which workspace"],
    ["a number", 7, "does not say which workspace"],
    ["an object", { name: "north" }, "does not say which workspace"],
    ["two names", ["north", "south"], "more than one workspace"],
    ["a control character", "north\u0000", "cannot exist"],
    ["a line end", "north\nsouth", "cannot exist"],
    ["blanks around it", " north", "cannot exist"],
    ["half a character", "north\ud800", "cannot exist"],
    ["a megabyte", MEGABYTE, "cannot exist"],
  ])("is not guessed from %s, nor is it the default one then", (_what, agency, why) => {
    const { message, details } = refused(() => of({ agency }, { workspaceClaim: "agency" }));
    expect(message).toContain(why);
    expect(message.length).toBeLessThan(250);
    expect(details).toEqual({ claim: "agency" });
  });
});

describe("queues", () => {
  const queues = (value: unknown, changes: Partial<ClaimRules> = {}): Membership["queues"] =>
    of({ teams: value }, { queuesClaim: "teams", ...changes }).queues;

  it.each<[string, unknown, readonly string[] | null]>([
    ["one text", "loans", ["loans"]],
    ["a list", ["loans", "cards", "loans"], ["cards", "loans"]],
    ["an empty list: none", [], []],
    ["the star: every one", "*", null],
    ["the star among others: every one", ["loans", "*"], null],
    [
      "names that no queue can have, which do not count",
      ["loans", "a\nb", " x", "y".repeat(65), 7, null],
      ["loans"],
    ],
    ["a text with blanks, as one name", "loans cards", ["loans cards"]],
  ])("come from %s", (_what, value, expected) => {
    expect(queues(value)).toEqual(expected);
  });

  it("that are missing keep a reviewer out, and nobody else", () => {
    const { message, details } = refused(() => queues(undefined));
    expect(message).toBe(
      'The identity provider does not say which queues you review. Ask whoever manages it to look at its claim "teams" for you.',
    );
    expect(details).toEqual({ claim: "teams" });
    expect(of({ roles: "revision" }, { queuesClaim: "teams" }).queues).toEqual([]);
    expect(queues(undefined, { roles: [] })).toEqual([]);
  });

  it("that are too many keep a person out, instead of some of them being dropped", () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `queue-${index}`);
    expect(queues(names(CLAIM_LIMITS.queues))).toHaveLength(CLAIM_LIMITS.queues);
    expect(refused(() => queues(names(10_000))).message).toContain("more than 1000 queues");
  });
});

describe("the e-mail address", () => {
  it("counts where the provider has verified it", () => {
    expect(of({ email: "Ada@Example.org", email_verified: true }).email).toBe("Ada@Example.org");
  });

  it.each<[string, unknown, unknown]>([
    ["is not verified", "ada@example.org", false],
    ["is not said to be verified", "ada@example.org", undefined],
    ["is verified as a text", "ada@example.org", "true"],
    ["is verified as a number", "ada@example.org", 1],
    ["is no text", ["ada@example.org"], true],
    ["is no address", "ada", true],
    ["has two signs", "ada@example.org@attacker.example", true],
    ["has a blank", "ada @example.org", true],
    ["has a line end", "ada@example.org\r\nbcc:eve", true],
    ["has an invisible character", "ada\u200b@example.org", true],
    ["has half a character", "ada\ud800@example.org", true],
    ["is a megabyte long", `${MEGABYTE}@example.org`, true],
    ["is empty", "", true],
  ])("does not count where it %s", (_what, email, email_verified) => {
    expect(of({ email, email_verified }).email).toBeNull();
  });
});

describe("the name", () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["is the one that is told", { name: "Ada Reviewer", preferred_username: "ada7" }, "Ada Reviewer"],
    ["is made of its parts", { given_name: "Ada", family_name: "Reviewer" }, "Ada Reviewer"],
    ["may be of one part", { given_name: "Ada" }, "Ada"],
    ["is else what the person signs in with", { name: 7, preferred_username: "ada7" }, "ada7"],
    ["is else the verified address", { email: "ada@example.org", email_verified: true }, "ada@example.org"],
    ["is not an address that is not verified", { email: "ada@example.org" }, "ada"],
    ["is else the subject", { name: " ", given_name: {}, preferred_username: "\u0000" }, "ada"],
    ["has no blanks around it", { name: "  Ada\t\n Reviewer " }, "Ada Reviewer"],
    ["has no control characters", { name: "Ada\u0000\u001b[31m\u2028Reviewer" }, "Ada [31m Reviewer"],
    ["turns no text around", { name: "Ada \u202eRewieveR\u2066" }, "Ada RewieveR"],
    ["keeps other scripts", { name: "Зоя Łęcka 李 \u200fعائشة" }, "Зоя Łęcka 李 \u200fعائشة"],
    ["has no halves of characters", { name: "Ada\udc00 \ud83d\ude00" }, "Ada 😀"],
    ["is cut", { name: MEGABYTE }, "x".repeat(LIMITS.principalName)],
    ["is not cut in the middle of a character", { name: `${"x".repeat(199)}😀` }, "x".repeat(199)],
  ])("%s", (_what, claims, expected) => {
    expect(of(claims).name).toBe(expected);
  });
});

describe("the subject", () => {
  it.each([
    ["empty", ""],
    ["too long", "x".repeat(256)],
    ["a megabyte", MEGABYTE],
    ["with a control character", "ada\u0000"],
    ["not of ASCII", "адa"],
    ["no text", 7],
    ["missing", undefined],
  ])("keeps out who has one that is %s", (_what, sub) => {
    expect(refused(() => of({ sub })).details).toEqual({ claim: "sub" });
  });

  it("is taken to the letter", () => {
    for (const sub of ["x".repeat(255), "auth0|Ada", "a b", "constructor"])
      expect(of({ sub }).subject).toEqual({ issuer: ISSUER, sub });
  });
});

describe("UserInfo", () => {
  const token: Claims = { iss: ISSUER, sub: "ada", name: "Ada", exp: 7 };

  it("adds what the ID token does not say, and overrides nothing that it says", () => {
    const merged = withUserInfo(token, { sub: "eve", iss: "x", exp: 9, aud: "y", name: "Eve", roles: ["a"] });
    expect(merged).toEqual({ ...token, roles: ["a"], email: undefined, email_verified: undefined });
  });

  it("does not vouch for an address that the ID token tells", () => {
    const merged = withUserInfo(
      { ...token, email: "boss@example.org" },
      { email: "ada@example.org", email_verified: true },
    );
    expect(membershipOf({ ...merged, roles: "revision" }, rules()).email).toBeNull();
    const other = withUserInfo({ ...token, email_verified: true }, { email: "boss@example.org" });
    expect(membershipOf({ ...other, roles: "revision" }, rules()).email).toBeNull();
  });

  it("is asked only where something is missing that is looked for", () => {
    const full = { ...token, email: "ada@example.org", realm: { roles: [] } };
    const looked = rules({ rolesClaim: "realm.roles" });
    expect(missingClaims(full, looked)).toBe(false);
    expect(missingClaims({ ...full, realm: {} }, looked)).toBe(true);
    expect(missingClaims({ ...full, realm: {} }, rules({ rolesClaim: "realm.roles", roles: [] }))).toBe(
      false,
    );
    expect(missingClaims(full, { ...looked, queuesClaim: "queues" })).toBe(true);
    expect(missingClaims(full, { ...looked, workspaceClaim: "agency" })).toBe(true);
    expect(missingClaims(token, looked)).toBe(true);
  });
});

describe("whatever a provider says", () => {
  it("gives a membership that keeps every bound, or FORBIDDEN", () => {
    const names = [
      "name",
      "email",
      "email_verified",
      "roles",
      "queues",
      "agency",
      "given_name",
      "sub",
      "__proto__",
    ];
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(fc.string(), fc.constant("revision"), fc.jsonValue())),
      fc.constantFrom("revision", "*", true, "credit-reviewers"),
    );
    const claims = fc
      .array(fc.tuple(fc.constantFrom(...names), value))
      .map((entries) => Object.fromEntries(entries));
    let memberships = 0;
    fc.assert(
      fc.property(claims, fc.boolean(), fc.boolean(), (said, byQueue, byWorkspace) => {
        let membership: Membership;
        try {
          membership = of(said, {
            queuesClaim: byQueue ? "queues" : undefined,
            workspaceClaim: byWorkspace ? "agency" : undefined,
          });
        } catch (error) {
          expect(error).toMatchObject({ name: "DomainError", code: "FORBIDDEN" });
          return;
        }
        memberships += 1;
        expect(membership.name).toBe(requiredName(membership.name, "name", LIMITS.principalName));
        expect(requiredName(membership.workspace, "name", LIMITS.principalName)).toBe(membership.workspace);
        expect(membership.roles!.length).toBeGreaterThan(0);
        for (const role of membership.roles!) expect(ROLES).toContain(role);
        for (const queue of membership.queues ?? []) requiredName(queue, "queue", LIMITS.queueName);
        expect(membership.email === null || membership.email.length <= CLAIM_LIMITS.email).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(memberships).toBeGreaterThan(100);
  });
});
