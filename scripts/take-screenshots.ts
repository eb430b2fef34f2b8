// Takes the pictures of docs/inbox.md, light and dark: node --import tsx scripts/take-screenshots.ts [view …]
//
// Plays a small world on a server of its own over a fresh database, so that anybody can take them again. Needs a
// Chromium (CHROMIUM_PATH, or Debian's).

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { HitlClient } from "../src/client/hitl-client.js";
import type { Role } from "../src/domain/principal.js";
import { createPrincipalWithKey } from "../src/identity/keys.js";
import type { Manager } from "../src/identity/managed-change.js";
import { inviteMember } from "../src/identity/members.js";
import { createQueue } from "../src/identity/queues.js";
import { systemActor } from "../src/identity/workspaces.js";
import { changeEndpoint, createEndpoint, type EndpointChannel } from "../src/notify/endpoints.js";
import { DEMO_PROPOSALS } from "../src/server/demo-proposals.js";
import { createLog } from "../src/server/log.js";
import { readSettings } from "../src/server/settings.js";
import { type RunningServer, startServer } from "../src/server/start-server.js";

const OUTPUT = join(import.meta.dirname, "../docs/images");
const QUEUES = ["credit-policy", "disclosures"] as const;
const SCHEMES = ["light", "dark"] as const;
const WIDE = { width: 1280, height: 800 };

const EDITED = `{
  "from": "page 4",
  "rule": "offer-letter.apr-disclosure",
  "to": "page 2"
}`;
const REVISED = {
  title: "Expand loan term to 7 years",
  detail:
    "Increase maximum term from 5→7 years for small-business loans. The statute's cap is 10 years; the total interest is stated in the offer.",
  payload: {
    rule: "small-business-loan.max-term",
    unit: "years",
    from: 5,
    to: 7,
    discloses: ["total interest"],
  },
};

/** What the pictures are of. */
interface World {
  readonly url: string;
  /** Opens the inbox as somebody who may do everything, in a browser of their own. */
  readonly analyst: Page;
  readonly auditor: Page;
  readonly signInUrl: string;
  /** One that came back with changes, one that two have to approve, and one to edit. */
  readonly tickets: { readonly revised: string; readonly byTwo: string; readonly plain: string };
  /** More of them, in one queue. */
  readonly simple: readonly { readonly id: string; readonly title: string }[];
}

interface View {
  readonly name: string;
  readonly page: (world: World) => Page;
  readonly show: (page: Page, world: World) => Promise<void>;
  readonly size?: { readonly width: number; readonly height: number };
}

const at =
  (path: string) =>
  async (page: Page, { url }: World) => {
    await page.goto(url + path);
    await page.locator(".list-rows li, .ticket-facts, .desk-page").first().waitFor();
  };
const analyst = ({ analyst: page }: World) => page;
const auditor = ({ auditor: page }: World) => page;

const VIEWS: readonly View[] = [
  {
    name: "sign-in",
    page: auditor,
    show: async (page, { signInUrl }) => {
      await page.goto(signInUrl);
    },
    size: { width: 640, height: 360 },
  },
  { name: "list", page: analyst, show: at("/") },
  { name: "list-narrow", page: analyst, show: at("/"), size: { width: 320, height: 640 } },
  {
    name: "ticket",
    page: analyst,
    show: async (page, world) => {
      await at(`/tickets/${world.tickets.byTwo}`)(world.auditor, world);
      await at(`/tickets/${world.tickets.byTwo}`)(page, world);
      await page.getByText("firstTimeBorrowers").waitFor();
      await page.getByText("Also here").first().waitFor();
    },
    size: { width: 1280, height: 1000 },
  },
  {
    name: "changes",
    page: analyst,
    show: async (page, world) => {
      await at(`/tickets/${world.tickets.revised}`)(page, world);
      await page.locator("#ticket-changes ins").first().waitFor();
      await page.getByRole("button", { name: "Side by side" }).click();
      await page.evaluate('document.querySelector("#ticket-changes").scrollIntoView()');
    },
  },
  {
    name: "deciding",
    page: analyst,
    show: async (page, world) => {
      await at(`/tickets/${world.tickets.plain}`)(page, world);
      await page.locator(".ticket-proposal").getByText("offer-letter.apr-disclosure").waitFor();
      await page.keyboard.press("e");
      await page.getByLabel("Payload (JSON)").fill(EDITED);
      await page.locator(".decide-edit-changes ins").first().waitFor();
      await page
        .getByLabel("Comment (if you like)")
        .fill("Page 2 is enough: page 1 is the summary that the law asks for.");
    },
    size: { width: 1280, height: 1200 },
  },
  {
    name: "signed",
    page: analyst,
    show: async (page, world) => {
      // It can be signed once: the dark picture is of the same page.
      if (await page.locator(".decide-signed").isVisible()) return;
      await at(`/tickets/${world.tickets.byTwo}`)(page, world);
      await page.keyboard.press("a");
      await page.getByText("You sign revision 1.").waitFor();
      await page.keyboard.type("Checked against the policy.");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Next ticket:").waitFor();
    },
  },
  {
    name: "not-now",
    page: analyst,
    show: async (page, world) => {
      await at(`/tickets/${world.simple[0]?.id}`)(page, world);
      await page.keyboard.press("z");
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "several",
    page: analyst,
    show: async (page, world) => {
      for (const { id } of world.simple) {
        await at(`/tickets/${id}`)(page, world);
        await page.getByText("submitted it").first().waitFor();
      }
      await at("/")(page, world);
      for (const { title } of world.simple) await page.getByLabel(`Select ${title}`).check();
      await page.getByRole("button", { name: "Approve…" }).click();
      await page.getByRole("dialog").getByRole("textbox").fill("Checked against the policy.");
    },
  },
  {
    name: "audit",
    page: auditor,
    show: async (page, world) => {
      await at("/audit")(page, world);
      await page.getByRole("button", { name: "Verify the record" }).click();
      await page.getByText("The record holds.").waitFor();
    },
  },
  {
    name: "notifications",
    page: analyst,
    show: async (page, world) => {
      await at("/notifications")(page, world);
      await page.getByLabel("Queue disclosures").selectOption({ label: "One mail a day" });
      await page.getByLabel("No mail at some hours").check();
      await page.getByLabel("Time zone").selectOption("Europe/Berlin");
    },
    size: { width: 1280, height: 1090 },
  },
  { name: "admin", page: auditor, show: at("/admin") },
  {
    name: "endpoints",
    page: auditor,
    show: async (page, world) => {
      await at("/admin")(page, world);
      await page.getByText("Lending channel").waitFor();
      await page.evaluate('document.querySelector("#endpoints").scrollIntoView()');
    },
    size: { width: 1280, height: 248 },
  },
  {
    name: "shortcuts",
    page: analyst,
    show: async (page, world) => {
      await at("/")(page, world);
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
];
const wanted = process.argv.slice(2);
const directory = await mkdtemp(join(tmpdir(), "screenshots-"));
const settings = readSettings({
  PORT: "0",
  DATABASE_URL: `sqlite:${join(directory, "countersign.db")}`,
  DATA_DIR: directory,
});
const server = await startServer(settings, { log: createLog("silent") });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
try {
  await mkdir(OUTPUT, { recursive: true });
  const world = await makeWorld(server, browser);
  for (const view of VIEWS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    for (const colorScheme of SCHEMES) {
      const page = view.page(world);
      await page.setViewportSize(view.size ?? WIDE);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await view.show(page, world);
      await page.screenshot({ path: join(OUTPUT, `${view.name}-${colorScheme}.png`) });
    }
  }
} finally {
  await browser.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
}

async function makeWorld(running: RunningServer, chromium: Browser): Promise<World> {
  const { services, firstStart, url } = running;
  if (firstStart === undefined) throw new Error("the database was not fresh");
  const { workspaceId } = firstStart;
  const actor = await systemActor(services.database.read, workspaceId);
  const of = { workspaceId, actor };
  for (const name of QUEUES) await createQueue(services.ledger, { ...of, name, minimumApprovals: 1 });
  const client = async (name: string, kind: "AGENT" | "HUMAN", role: Role) => {
    const made = { ...of, name, kind, roles: [role], queues: null, expiresAt: null };
    return new HitlClient({
      coreUrl: url,
      apiKey: (await createPrincipalWithKey(services.ledger, made)).key,
    });
  };
  const invite = async (name: string, roles: readonly Role[], queues: readonly string[] | null) => {
    const email = `${name.toLowerCase().replaceAll(" ", ".")}@example.org`;
    const { link } = await inviteMember(services.ledger, { ...of, email, name, roles, queues });
    return services.graphql.signInUrl(link.text);
  };
  const signedIn = async (link: string): Promise<Page> => {
    const page = await (await chromium.newContext()).newPage();
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${url}/`);
    return page;
  };
  const agent = await client("Credit agent", "AGENT", "AGENT");
  const second = await client("Second analyst", "HUMAN", "REVIEWER");
  const tickets = await submitAll(agent);
  const [revised = "", , plain = "", byTwo = ""] = tickets;
  await second.decide(byTwo, { revision: 1, status: "APPROVED", comments: "Within our risk appetite." });
  const analystPage = await signedIn(await invite("Policy analyst", ["REVIEWER"], [...QUEUES]));
  await askForChanges(analystPage, url, revised);
  await agent.resubmit(revised, REVISED, { revision: 1 });
  await makeEndpoints(services, of);
  const world = {
    url,
    analyst: analystPage,
    auditor: await signedIn(await invite("Head of credit policy", ["AUDITOR", "ADMIN"], null)),
    signInUrl: await invite("New analyst", ["REVIEWER"], [...QUEUES]),
    tickets: { revised, byTwo, plain },
    simple: [1, 4].map((index) => ({
      id: tickets[index] ?? "",
      title: DEMO_PROPOSALS[index]?.proposal.title ?? "",
    })),
  };
  await Promise.all([agent.close(), second.close()]);
  return world;
}

/** Nothing that the pictures are of is told to any of them: there is nobody there. */
async function makeEndpoints({ ledger }: RunningServer["services"], of: Manager): Promise<void> {
  const queues = ["disclosures"];
  const make = (channel: EndpointChannel, name: string, url: string, types: readonly string[] | null) =>
    createEndpoint(ledger, (checked) => checked, { ...of, channel, name, url, queues, types });
  await make("WEBHOOK", "Loan system", "https://loans.example.org/hooks/countersign", ["DECIDED", "EXPIRED"]);
  await make("SLACK", "Lending channel", "https://hooks.slack.com/services/T0/B0/x", null);
  const { endpoint } = await make("WEBHOOK", "Old CRM", "https://crm.example.org/countersign", null);
  await changeEndpoint(ledger, (checked) => checked, { ...of, endpointId: endpoint.id, disabled: true });
}

async function submitAll(agent: HitlClient): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, { proposal, ask, dueInMinutes }] of DEMO_PROPOSALS.entries()) {
    const { id } = await agent.submitForReview(proposal, {
      ...ask,
      queue: QUEUES[index % 3 === 2 ? 1 : 0],
      dueAt: dueInMinutes === undefined ? undefined : new Date(Date.now() + dueInMinutes * 60_000),
    });
    ids.push(id);
  }
  return ids;
}

async function askForChanges(page: Page, url: string, id: string): Promise<void> {
  await page.goto(`${url}/tickets/${id}`);
  await page.getByRole("heading", { name: "Decide" }).waitFor();
  await page.keyboard.press("c");
  await page
    .getByLabel("What has to change")
    .fill("Name the statute that caps the term, and state the total interest.");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name: "Signed: Needs changes" }).waitFor();
}
