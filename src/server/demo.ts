import { CountersignError, HitlClient, type NewProposal } from "../client/hitl-client.js";
import type { PrincipalKind, Role } from "../domain/principal.js";
import { createPrincipalWithKey } from "../identity/keys.js";
import { findWorkspaceByName, systemActor } from "../identity/workspaces.js";
import { DEFAULT_WORKSPACE } from "./first-start.js";
import type { RunningServer } from "./start-server.js";

/** A demo that runs until it is stopped. */
export interface Demo {
  stop(): Promise<void>;
}

/** What a demo needs to know beside its server. */
export interface DemoOptions {
  /** Takes each line of the story. */
  readonly tell: (line: string) => void;
  /** Between two proposals, milliseconds. */
  readonly everyMs?: number;
}

/** Proposals that may wait at a time: a demo left alone over night must not fill the inbox. */
const MAX_WAITING = 8;
const EVERY_MS = 4_000;
/** An hour: nobody watches longer, and the key that the demo made for itself ends with it. */
const KEY_MS = 60 * 60_000;

const DRAFTS: readonly NewProposal[] = [
  {
    title: "Expand loan term to 7 years",
    detail: "Increase maximum term from 5→7 years for small-business loans.",
    payload: { rule: "small-business-loan.max-term", unit: "years", from: 5, to: 7 },
  },
  {
    title: "Lower the minimum credit history to 18 months",
    detail:
      "Applicants with 18 to 24 months of history are declined today without a look at their cash flow.",
    payload: { rule: "small-business-loan.min-history", unit: "months", from: 24, to: 18 },
  },
  {
    title: "State the annual percentage rate on the first page",
    detail: "Moves the disclosure of the rate from page 4 to page 1 of the offer letter.",
    payload: { rule: "offer-letter.apr-disclosure", from: "page 4", to: "page 1" },
  },
  {
    title: "Waive the late fee for the first missed payment",
    detail: "Applies once in twelve months; the borrower is told why.",
    payload: { rule: "late-fee.first-missed-payment", from: "charged", to: "waived" },
  },
];

/**
 * Plays one whole story against the running server, as its own clients would: a proposal, a request for changes, a revision, an
 * approval. Then an agent goes on proposing every few seconds and reacts to whatever a person decides.
 */
export async function startDemo(
  server: RunningServer,
  { tell, everyMs = EVERY_MS }: DemoOptions,
): Promise<Demo> {
  const agent = await demoClient(server, "Demo agent", "AGENT", "AGENT");
  const reviewer = await demoClient(server, "Demo reviewer (simulated)", "HUMAN", "REVIEWER");
  const stopped = new AbortController();
  const play = async (): Promise<void> => {
    try {
      await playStory(agent, reviewer, tell);
      await propose(agent, tell, everyMs, stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted)
        tell(`The demo ended: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await Promise.all([agent.close(), reviewer.close()]);
    }
  };
  const running = play();
  return {
    stop: async () => {
      stopped.abort();
      await agent.close();
      await running;
    },
  };
}

async function demoClient(
  { services, url }: RunningServer,
  name: string,
  kind: Exclude<PrincipalKind, "SYSTEM">,
  role: Role,
): Promise<HitlClient> {
  const workspace = await findWorkspaceByName(services.database.read, DEFAULT_WORKSPACE);
  if (workspace === undefined)
    throw new Error(`the demo plays in the workspace ${DEFAULT_WORKSPACE}, which is not there`);
  const { key } = await createPrincipalWithKey(services.ledger, {
    workspaceId: workspace.id,
    name,
    kind,
    roles: [role],
    queues: null,
    expiresAt: Date.now() + KEY_MS,
    actor: await systemActor(services.database.read, workspace.id),
  });
  return new HitlClient({ coreUrl: url, apiKey: key });
}

async function playStory(agent: HitlClient, reviewer: HitlClient, tell: DemoOptions["tell"]): Promise<void> {
  const draft = draftAt(0);
  const ticket = await agent.submitForReview(draft, { priority: "HIGH" });
  tell(`The agent proposes "${draft.title}" (${ticket.id}) and waits.`);
  const asked = agent.waitForDecision(ticket.id);
  await reviewer.decide(ticket.id, {
    revision: 1,
    status: "NEEDS_CHANGES",
    comments: "Name the statute that caps the term, and disclose the total interest.",
  });
  tell(`The reviewer asks for changes; the agent is pushed: "${(await asked).comments}"`);
  const revised = {
    ...draft,
    detail: `${draft.detail} The statute's cap is 10 years; total interest is disclosed.`,
  };
  await agent.resubmit(ticket.id, revised, { revision: 1 });
  const decided = agent.waitForDecision(ticket.id, { revision: 2 });
  await reviewer.decide(ticket.id, { revision: 2, status: "APPROVED", comments: "Looks good" });
  const decision = await decided;
  tell(
    `The agent revises, the reviewer approves revision ${decision.revision}: "${decision.comments}". All of it is on the record.`,
  );
  tell(
    "From here on it is your turn: every few seconds a proposal comes in. Decide on one in the playground.",
  );
}

async function propose(
  agent: HitlClient,
  tell: DemoOptions["tell"],
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Set<string>();
  for (let index = 1; !signal.aborted; index += 1) {
    if (waiting.size < MAX_WAITING) {
      const draft = draftAt(index);
      const ticket = await agent.submitForReview(draft, { signal });
      waiting.add(ticket.id);
      tell(`Waiting for you: "${draft.title}" (${ticket.id})`);
      void follow(agent, ticket.id, draft, tell, signal).finally(() => waiting.delete(ticket.id));
    }
    await pause(everyMs, signal);
  }
}

/** Waits for a person's decision on one proposal, and answers a request for changes with a revision. */
async function follow(
  agent: HitlClient,
  ticketId: string,
  draft: NewProposal,
  tell: DemoOptions["tell"],
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let revision = 1; ; revision += 1) {
      const decision = await agent.waitForDecision(ticketId, { signal, revision });
      const said = decision.comments === null ? "" : `: "${decision.comments}"`;
      tell(
        `Pushed to the agent: ${decision.status} by ${decision.decidedBy?.name ?? "nobody"}${said} (${ticketId})`,
      );
      if (decision.status !== "NEEDS_CHANGES") return;
      revision = decision.revision;
      const detail = `${draft.detail ?? ""}\n\nRevised, because you said: ${decision.comments ?? ""}`;
      await agent.resubmit(ticketId, { ...draft, detail }, { revision });
      tell(`The agent has revised "${draft.title}"; it waits for you again.`);
    }
  } catch (error) {
    if (signal.aborted || (error instanceof CountersignError && error.code === "ABORTED")) return;
    tell(
      `The agent lost its way with ${ticketId}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function draftAt(index: number): NewProposal {
  const draft = DRAFTS[index % DRAFTS.length];
  if (draft === undefined) throw new Error("there are no drafts");
  return draft;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
