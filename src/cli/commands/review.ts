import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { HitlClient, SettledDecision } from "../../client/hitl-client.js";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, plain, printData, say, type Terminal, table } from "../terminal.js";
import { UsageError } from "../usage-error.js";
import { wholeNumber } from "./workspaces.js";

interface ClientOptions extends CommonOptions {
  readonly url?: string;
  readonly keyFile?: string;
}

interface ProposalOptions extends ClientOptions {
  readonly title: string;
  readonly detail?: string;
  readonly payload?: string;
}

interface SubmitOptions extends ProposalOptions {
  readonly queue?: string;
  readonly priority?: string;
  readonly approvals?: string;
  readonly due?: string;
  readonly expires?: string;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
}

interface DecideOptions extends ClientOptions {
  readonly revision: string;
  readonly approve?: boolean;
  readonly reject?: boolean;
  readonly needsChanges?: boolean;
  readonly comments?: string;
}

/** `submit`, `resubmit`, `withdraw`, `wait`, `decide` and `tickets`: what agents and reviewers do, from a shell. */
export function addReviewCommands(program: Command, terminal: Terminal, run: Runner): void {
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option("--url <url>", "where Countersign is (COUNTERSIGN_URL, or http://127.0.0.1:4000)")
      .option("--key-file <path>", "a file with the API key, instead of COUNTERSIGN_API_KEY")
      .option("--json", "print JSON");
  const proposal = (made: Command): Command =>
    made
      .requiredOption("--title <title>", "what is proposed, in a line")
      .option("--detail <text>", "at length")
      .option("--payload <json>", "a JSON object, or - to read it from standard input");

  proposal(command("submit", "submit a proposal; prints the ticket's id"))
    .option("--queue <name>")
    .option("--priority <priority>", "low, normal, high or urgent")
    .option("--approvals <number>", "approvals required")
    .option("--due <instant>", "ISO 8601: when it should be decided")
    .option("--expires <instant>", "ISO 8601: when it expires undecided")
    .option("--idempotency-key <key>", "the same key again gives the same ticket")
    .option("--wait", "wait for the decision, as `wait` does")
    .action((options: SubmitOptions) => run(options, () => submit(terminal, options)));
  proposal(command("resubmit", "propose a new revision of a ticket"))
    .argument("<ticket-id>")
    .option("--revision <number>", "the revision that it answers")
    .action((ticketId: string, options: ProposalOptions & { revision?: string }) =>
      run(options, () =>
        withClient(terminal, options, async (client) => {
          const revision =
            options.revision === undefined ? undefined : wholeNumber("--revision", options.revision);
          const ticket = await client.resubmit(ticketId, await proposalOf(terminal, options), { revision });
          printData(terminal, options, ticket, `${ticket.id} revision ${ticket.revision}`);
        }),
      ),
    );
  command("withdraw", "take a ticket back")
    .argument("<ticket-id>")
    .option("--reason <text>")
    .action((ticketId: string, options: ClientOptions & { reason?: string }) =>
      run(options, () =>
        withClient(terminal, options, async (client) => {
          const ticket = await client.withdraw(ticketId, { reason: options.reason });
          printData(terminal, options, ticket, `${ticket.id} ${ticket.status}`);
        }),
      ),
    );
  command("wait", "wait for a ticket's decision; exits with 0 only where it is APPROVED")
    .argument("<ticket-id>")
    .option("--timeout <seconds>", "give up after that long (exit status 7)")
    .action((ticketId: string, options: ClientOptions & { timeout?: string }) =>
      run(options, () =>
        withClient(terminal, options, (client) => wait(terminal, options, client, ticketId)),
      ),
    );
  command("decide", "review the revision of a ticket that you have seen")
    .argument("<ticket-id>")
    .requiredOption("--revision <number>", "the revision that you have seen")
    .option("--approve")
    .option("--reject")
    .option("--needs-changes")
    .option("--comments <text>", "required with --needs-changes")
    .action((ticketId: string, options: DecideOptions) =>
      run(options, () =>
        withClient(terminal, options, async (client) => {
          const revision = wholeNumber("--revision", options.revision);
          const verdict = { revision, status: statusOf(options), comments: options.comments };
          const decision = await client.decide(ticketId, verdict);
          printData(terminal, options, decision, `${decision.status} (revision ${decision.revision})`);
        }),
      ),
    );
  command("tickets", "list tickets, newest first")
    .option(
      "--status <statuses>",
      "with commas: pending, approved, rejected, needs_changes, expired, withdrawn",
    )
    .option("--queue <names>", "with commas")
    .option("--first <number>", "how many", "20")
    .action((options: ClientOptions & { status?: string; queue?: string; first: string }) =>
      run(options, () => withClient(terminal, options, (client) => list(terminal, options, client))),
    );
}

async function submit(terminal: Terminal, options: SubmitOptions): Promise<void> {
  await withClient(terminal, options, async (client) => {
    const { queue, approvals, due, expires, idempotencyKey } = options;
    const ticket = await client.submitForReview(await proposalOf(terminal, options), {
      queue,
      priority: options.priority?.toUpperCase() as never,
      approvalsRequired: approvals === undefined ? undefined : wholeNumber("--approvals", approvals),
      dueAt: due,
      expiresAt: expires,
      idempotencyKey,
    });
    if (options.wait !== true) {
      printData(terminal, options, ticket, ticket.id);
      return;
    }
    say(terminal, `Waiting for a human: ${ticket.id}`);
    await wait(terminal, options, client, ticket.id);
  });
}

async function wait(
  terminal: Terminal,
  options: ClientOptions & { timeout?: string },
  client: HitlClient,
  ticketId: string,
): Promise<void> {
  const timeoutMs =
    options.timeout === undefined ? undefined : wholeNumber("--timeout", options.timeout) * 1_000;
  const decision = await client.waitForDecision(ticketId, { timeoutMs });
  const { EXIT } = await import("../../server/exit-codes.js");
  const exits: Record<SettledDecision["status"], number> = {
    APPROVED: EXIT.done,
    REJECTED: EXIT.rejected,
    NEEDS_CHANGES: EXIT.needsChanges,
    EXPIRED: EXIT.expired,
    WITHDRAWN: EXIT.withdrawn,
  };
  terminal.setExitCode(exits[decision.status]);
  const comments = decision.comments === null ? "" : `: ${plain(decision.comments)}`;
  printData(terminal, options, decision, `${decision.status} (revision ${decision.revision})${comments}`);
}

async function list(
  terminal: Terminal,
  options: ClientOptions & { status?: string; queue?: string; first: string },
  client: HitlClient,
): Promise<void> {
  const filter = {
    status: options.status?.split(",").map((status) => status.trim().toUpperCase()) as never,
    queue: options.queue?.split(",").map((queue) => queue.trim()),
  };
  const { tickets } = await client.tickets({ filter, first: wholeNumber("--first", options.first) });
  const rows = tickets.map((ticket) => [
    ticket.id,
    ticket.status,
    ticket.priority,
    String(ticket.revision),
    plain(ticket.queue),
    plain(ticket.proposal.title),
  ]);
  printData(
    terminal,
    options,
    tickets,
    table([["ID", "STATUS", "PRIORITY", "REV", "QUEUE", "TITLE"], ...rows]),
  );
}

function statusOf({
  approve,
  reject,
  needsChanges,
}: DecideOptions): "APPROVED" | "REJECTED" | "NEEDS_CHANGES" {
  const said = [
    ...(approve === true ? (["APPROVED"] as const) : []),
    ...(reject === true ? (["REJECTED"] as const) : []),
    ...(needsChanges === true ? (["NEEDS_CHANGES"] as const) : []),
  ];
  const [only] = said;
  if (only === undefined || said.length > 1)
    throw new UsageError("decide needs one of --approve, --reject and --needs-changes.");
  return only;
}

async function proposalOf(terminal: Terminal, { title, detail, payload }: ProposalOptions) {
  if (payload === undefined) return { title, detail };
  const text = payload === "-" ? await readAll(terminal) : payload;
  try {
    return { title, detail, payload: JSON.parse(text) as Record<string, unknown> };
  } catch {
    throw new UsageError("--payload expects a JSON object.");
  }
}

async function readAll({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** A key never comes as an argument: arguments stand in the list of processes for everybody to read. */
async function withClient(
  { env }: Terminal,
  { url, keyFile }: ClientOptions,
  work: (client: HitlClient) => Promise<void>,
): Promise<void> {
  const apiKey = (
    keyFile === undefined ? (env.COUNTERSIGN_API_KEY ?? "") : await readFile(keyFile, "utf8")
  ).trim();
  if (apiKey === "")
    throw new UsageError("Set COUNTERSIGN_API_KEY, or name a file with the key (--key-file).");
  const { HitlClient: Client } = await import("../../client/hitl-client.js");
  const client = new Client({
    coreUrl: url ?? env.COUNTERSIGN_URL ?? "http://127.0.0.1:4000",
    apiKey,
    retry: { attempts: 3 },
  });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
