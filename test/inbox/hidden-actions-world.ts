import type { Locator, Page } from "playwright-core";
import type { Role } from "../../src/domain/principal.js";

/** Those who sit in front of the page, by what they are. */
export const PEOPLE = {
  reviewer: { roles: ["REVIEWER"] },
  another: { roles: ["REVIEWER"] },
  /** Sees every ticket, decides in one queue. */
  elsewhere: { roles: ["REVIEWER", "AUDITOR"], queues: ["legal"] },
  /** Sees one queue only. */
  stranger: { roles: ["REVIEWER"], queues: ["legal"] },
  auditor: { roles: ["AUDITOR"] },
  admin: { roles: ["ADMIN"] },
  /** Sees what they submitted. */
  agent: { roles: ["AGENT"] },
  submitter: { roles: ["AGENT", "REVIEWER"] },
} as const satisfies Record<string, { roles: readonly Role[]; queues?: readonly string[] }>;

export type Who = keyof typeof PEOPLE;

/** What the cases are about; each ticket is new. */
export interface World {
  /** Who is who. */
  readonly ids: Readonly<Record<Who, string>>;
  /** Of an agent, of somebody else, and one that was revoked. */
  readonly keys: { readonly agents: string; readonly humans: string; readonly revoked: string };
  readonly agentId: string;
  /** A webhook, and something that it could not be told. */
  readonly endpoint: { readonly id: string; readonly deadLetterId: string };
  submit(by: "an agent" | Who, input?: object): Promise<string>;
  /** Sends something as somebody, which must be taken. */
  does(who: Who, operation: string, input: object): Promise<void>;
  resubmit(ticketId: string): Promise<void>;
  withdraw(ticketId: string): Promise<void>;
}

/** What one does something with. */
export const CONTROLS: Readonly<Record<string, (page: Page) => Locator>> = {
  choices: (page) => page.locator(".decide-choice"),
  sign: (page) => page.locator(".decide-sign"),
  amendment: (page) => page.locator(".decide-form").getByLabel("Title"),
  claim: (page) => page.getByRole("button", { name: /^Claim/ }),
  release: (page) => page.getByRole("button", { name: /^Release$|out of .* hands$/ }),
  assign: (page) => page.locator(".ticket-assign"),
  "not now": (page) => page.getByRole("button", { name: /^(Not now|Another time)/ }),
  wake: (page) => page.getByRole("button", { name: "Wake it now" }),
  retract: (page) => page.getByRole("button", { name: "Retract my approval" }),
  comment: (page) => page.getByRole("button", { name: "Add comment" }),
  verify: (page) => page.getByRole("button", { name: "Verify the record" }),
  "whole record": (page) => page.getByRole("link", { name: "Whole record, signed" }),
  members: (page) => page.getByRole("heading", { name: "Members" }),
  invite: (page) => page.getByRole("button", { name: "Invite somebody" }),
  "make a queue": (page) => page.getByRole("button", { name: "Make a queue" }),
  "what is done with a queue": (page) => page.getByRole("button", { name: "Actions on default" }),
  "webhooks and chats": (page) => page.getByRole("heading", { name: "Webhooks and chats" }),
  "make an endpoint": (page) => page.getByRole("button", { name: "Tell a webhook or a chat" }),
  "what is done with an endpoint": (page) => page.getByRole("button", { name: "Actions on The webhook" }),
  "deliver again": (page) => page.getByRole("dialog").getByRole("button", { name: /^Deliver/ }),
  "how one is mailed": (page) => page.getByRole("button", { name: "Save", exact: true }),
  "what is done with an agent": (page) => page.getByRole("button", { name: "Actions on First agent" }),
  "what is done with an agent's key": (page) =>
    page.getByRole("button", { name: "Actions on the key The agent's" }),
  "what is done with a human's key": (page) =>
    page.getByRole("button", { name: "Actions on the key The human's" }),
  "what is done with a revoked key": (page) =>
    page.getByRole("button", { name: "Actions on the key The revoked" }),
  replace: (page) => page.getByRole("menuitem", { name: "Replace …" }),
  "for whom a key is": (page) => page.getByRole("dialog").getByLabel("For", { exact: true }),
  "a key for another human": (page) =>
    page.getByRole("dialog").locator("option").filter({ hasText: "another" }),
};

/** Something that somebody is not offered. */
export interface Hidden {
  readonly says: string;
  readonly who: Who;
  /** The operation of the page that does it, or the path of a download. */
  readonly sends: string;
  readonly control: keyof typeof CONTROLS;
  readonly code: string;
  /** Makes what it is about, and says what is sent about it. */
  readonly about: (world: World) => Promise<{
    /** Where it is seen. */
    readonly at: string;
    readonly variables: Readonly<Record<string, unknown>>;
  }>;
  /** What the person does on the page before; what is hidden is hidden then. */
  readonly begins?: (page: Page, world: World, at: string) => Promise<void>;
}

/** Controls that are there for nobody, so that {@link OFFERED} cannot have them; each with what stands beside it. */
export const NEVER: ReadonlySet<keyof typeof CONTROLS> = new Set([
  "what is done with a revoked key",
  "a key for another human",
]);
