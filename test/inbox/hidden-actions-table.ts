import type { Page } from "playwright-core";
import type { CONTROLS, Hidden, Who, World } from "./hidden-actions-world.js";
import { MANAGING, opensDeadLetters, opensDialog } from "./hidden-on-desks.js";
import { AROUND, approvedByOne, asleep, at, choose, DECIDING, held } from "./hidden-on-tickets.js";

/** Everything that the page keeps from somebody, and what the API says to who sends it all the same. */
export const HIDDEN: readonly Hidden[] = [...DECIDING, ...AROUND, ...MANAGING];

/** Where each control is there, for somebody who may: a case could not fail otherwise. */
export const OFFERED: readonly (readonly [
  control: keyof typeof CONTROLS,
  who: Who,
  at: (world: World) => Promise<string>,
  begins?: (page: Page) => Promise<void>,
])[] = [
  ["choices", "reviewer", async ({ submit }) => at(await submit("an agent"))],
  [
    "sign",
    "reviewer",
    async ({ submit }) => at(await submit("an agent")),
    (page) => choose(page, "a", "Fine."),
  ],
  [
    "amendment",
    "reviewer",
    async ({ submit }) => at(await submit("an agent")),
    (page) => page.keyboard.press("e"),
  ],
  ["claim", "reviewer", async ({ submit }) => at(await submit("an agent"))],
  ["release", "another", async (world) => at(await held(world))],
  ["release", "admin", async (world) => at(await held(world))],
  ["assign", "admin", async ({ submit }) => at(await submit("an agent"))],
  ["not now", "reviewer", async ({ submit }) => at(await submit("an agent"))],
  ["wake", "reviewer", async (world) => at(await asleep(world))],
  ["retract", "reviewer", async (world) => at(await approvedByOne(world))],
  [
    "comment",
    "reviewer",
    async ({ submit }) => at(await submit("an agent")),
    (page) => page.getByLabel("Comment, without deciding").fill("x"),
  ],
  [
    "comment",
    "agent",
    async ({ submit }) => at(await submit("agent")),
    (page) => page.getByLabel("Comment, without deciding").fill("x"),
  ],
  ["verify", "auditor", async () => "/audit"],
  ["whole record", "auditor", async () => "/audit"],
  ["members", "auditor", async () => "/admin"],
  ["invite", "admin", async () => "/admin"],
  ["make a queue", "admin", async () => "/admin"],
  ["what is done with a queue", "admin", async () => "/admin"],
  ["webhooks and chats", "auditor", async () => "/admin"],
  ["make an endpoint", "admin", async () => "/admin"],
  ["what is done with an endpoint", "admin", async () => "/admin"],
  ["deliver again", "admin", async () => "/admin", opensDeadLetters],
  ["how one is mailed", "reviewer", async () => "/notifications"],
  ["what is done with an agent", "admin", async () => "/admin"],
  ["what is done with an agent's key", "admin", async () => "/admin"],
  ["what is done with a human's key", "admin", async () => "/admin"],
  [
    "replace",
    "admin",
    async () => "/admin",
    (page) => page.getByRole("button", { name: "Actions on the key The agent's" }).click(),
  ],
  ["for whom a key is", "admin", async () => "/admin", opensDialog],
];
