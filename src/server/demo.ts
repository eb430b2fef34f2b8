import { CountersignError, HitlClient } from "../client/hitl-client.js";
import type { PrincipalKind, Role } from "../domain/principal.js";
import { createPrincipalWithKey } from "../identity/keys.js";
import { inviteMember } from "../identity/members.js";
import { findWorkspaceByName, systemActor } from "../identity/workspaces.js";
import { DEMO_PROPOSALS, type DemoProposal } from "./demo-proposals.js";
import { DEFAULT_WORKSPACE } from "./first-start.js";
import type { RunningServer } from "./start-server.js";

/** A demo that runs until it is stopped. */
export interface Demo {
  /** Where whoever watches signs in as a reviewer who may also read the record: once, within 15 minutes. */
  readonly signInUrl: string;
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

/**
 * Plays one whole story against the running server, as its own clients would: a proposal, a request for changes, a revision, an
 * approval. Then an agent goes on proposing every few seconds and reacts to whatever a person decides.
 */
export async function startDemo(
  server: RunningServer,
  { tell, everyMs = EVERY_MS }: DemoOptions,
): Promise<Demo> {
  const signInUrl = await inviteAnalyst(server);
  const agent = await demoClient(server, "Demo agent", "AGENT", "AGENT");
  const reviewer = await demoClient(server, "Demo reviewer (simulated)", "HUMAN", "REVIEWER");
  const stopped = new AbortController();
  const play = async (): Promise<void> => {
    try {
      await playStory(agent, reviewer, tell);
      await propose({ agent, reviewer, tell, signal: stopped.signal }, everyMs);
    } catch (error) {
      if (!stopped.signal.aborted)
        tell(`The demo ended: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await Promise.all([agent.close(), reviewer.close()]);
    }
  };
  const running = play();
  return {
    signInUrl,
    stop: async () => {
      stopped.abort();
      await agent.close();
      await running;
    },
  };
}

async function inviteAnalyst({ services }: RunningServer): Promise<string> {
  const { link } = await inviteMember(services.ledger, {
    ...(await stageOf(services)),
    email: "demo-analyst@example.org",
    name: "Demo analyst",
    roles: ["REVIEWER", "AUDITOR"],
    queues: null,
  });
  return services.graphql.signInUrl(link.text);
}

async function demoClient(
  { services, url }: RunningServer,
  name: string,
  kind: Exclude<PrincipalKind, "SYSTEM">,
  role: Role,
): Promise<HitlClient> {
  const { key } = await createPrincipalWithKey(services.ledger, {
    ...(await stageOf(services)),
    name,
    kind,
    roles: [role],
    queues: null,
    expiresAt: Date.now() + KEY_MS,
  });
  return new HitlClient({ coreUrl: url, apiKey: key });
}

/** Where it plays, and who lets its people in. */
async function stageOf({ database }: RunningServer["services"]) {
  const workspace = await findWorkspaceByName(database.read, DEFAULT_WORKSPACE);
  if (workspace === undefined)
    throw new Error(`the demo plays in the workspace ${DEFAULT_WORKSPACE}, which is not there`);
  return { workspaceId: workspace.id, actor: await systemActor(database.read, workspace.id) };
}

async function playStory(agent: HitlClient, reviewer: HitlClient, tell: DemoOptions["tell"]): Promise<void> {
  const [{ proposal: draft, ask }] = DEMO_PROPOSALS;
  const ticket = await agent.submitForReview(draft, ask);
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
  tell("From here on it is your turn: every few seconds a proposal comes in. Decide on one in the inbox.");
}

interface Cast {
  readonly agent: HitlClient;
  readonly reviewer: HitlClient;
  readonly tell: DemoOptions["tell"];
  readonly signal: AbortSignal;
}

async function propose(cast: Cast, everyMs: number): Promise<void> {
  const { agent, tell, signal } = cast;
  const waiting = new Set<string>();
  for (let index = 1; !signal.aborted; index += 1) {
    if (waiting.size < MAX_WAITING) {
      const next = proposalAt(index);
      const ticket = await agent.submitForReview(next.proposal, { ...asked(next), signal });
      waiting.add(ticket.id);
      await giveFirstApproval(cast, ticket.id, 1, next);
      tell(`Waiting for you: "${next.proposal.title}" (${ticket.id})`);
      void follow(cast, ticket.id, next).finally(() => waiting.delete(ticket.id));
    }
    await pause(everyMs, signal);
  }
}

function asked({ ask, dueInMinutes }: DemoProposal) {
  return {
    ...ask,
    ...(dueInMinutes === undefined ? {} : { dueAt: new Date(Date.now() + dueInMinutes * 60_000) }),
  };
}

/** Where two have to approve, one of them has: only then can whoever watches settle it. */
async function giveFirstApproval(
  { reviewer, tell }: Cast,
  ticketId: string,
  revision: number,
  { ask }: DemoProposal,
): Promise<void> {
  if (ask?.approvalsRequired !== 2) return;
  try {
    await reviewer.decide(ticketId, { revision, status: "APPROVED", comments: "Within our risk appetite." });
  } catch (error) {
    // Whoever watches may have been faster.
    if (!(error instanceof CountersignError)) throw error;
    tell(`The simulated reviewer came too late for ${ticketId}: ${error.message}`);
  }
}

/** Waits for a person's decision on one proposal, and answers a request for changes with a revision. */
async function follow(cast: Cast, ticketId: string, next: DemoProposal): Promise<void> {
  const { agent, tell, signal } = cast;
  const draft = next.proposal;
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
      const made = await agent.resubmit(ticketId, { ...draft, detail }, { revision });
      await giveFirstApproval(cast, ticketId, made.revision, next);
      tell(`The agent has revised "${draft.title}"; it waits for you again.`);
    }
  } catch (error) {
    if (signal.aborted || (error instanceof CountersignError && error.code === "ABORTED")) return;
    tell(
      `The agent lost its way with ${ticketId}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function proposalAt(index: number): DemoProposal {
  return DEMO_PROPOSALS[index % DEMO_PROPOSALS.length] ?? DEMO_PROPOSALS[0];
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
