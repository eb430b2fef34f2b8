import type { Command } from "commander";
import type { Endpoint } from "../../server/operator.js";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, plain, printData, say, type Terminal, table } from "../terminal.js";
import { UsageError } from "../usage-error.js";
import { withOperator } from "../with-operator.js";
import { iso, oneOf, spanOf } from "../words.js";
import { wholeNumber } from "./workspaces.js";

interface WorkspaceOption extends CommonOptions {
  readonly workspace: string;
}
interface CreateOptions extends WorkspaceOption {
  readonly name: string;
  readonly url: string;
  readonly channel: string;
  readonly queue?: readonly string[];
  readonly type?: readonly string[];
}
interface ReplayOptions extends WorkspaceOption {
  readonly endpoint?: string;
  readonly from?: string;
  readonly to?: string;
}

const CHANNELS = ["WEBHOOK", "SLACK"] as const;

/** `endpoints` and `dead-letters`. */
export function addEndpointCommands(program: Command, terminal: Terminal, run: Runner): void {
  const endpoints = program.command("endpoints").description("where events are told by HTTP");
  addCreate(endpoints, terminal, run);
  addList(endpoints, terminal, run);
  addSwitches(endpoints, terminal, run);
  addRotateAndTest(endpoints, terminal, run);
  addDeadLetters(program, terminal, run);
}

function addCreate(endpoints: Command, terminal: Terminal, run: Runner): void {
  endpoints
    .command("create")
    .description("have events told to a webhook or a chat; prints the secret, which is shown this once")
    .requiredOption("--name <name>", "what it is for")
    .requiredOption("--url <url>", "where to")
    .option("--channel <channel>", "webhook, or slack", "webhook")
    .option("--queue <queue...>", "only tickets of these queues")
    .option("--type <type...>", "only events of these types, such as DECIDED")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: CreateOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const { endpoint, secret } = await operator.createEndpoint(options.workspace, {
            channel: oneOf("--channel", options.channel, CHANNELS),
            name: options.name,
            url: options.url,
            queues: options.queue ?? null,
            types: options.type?.map((type) => type.toUpperCase()) ?? null,
          });
          if (secret !== null) say(terminal, `${endpoint.id}: this secret is shown this once.`);
          printData(terminal, options, { endpoint: shown(endpoint), secret }, secret ?? endpoint.id);
        }),
      ),
    );
}

function addList(endpoints: Command, terminal: Terminal, run: Runner): void {
  endpoints
    .command("list")
    .description("list the endpoints of a workspace")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: WorkspaceOption) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const found = await operator.listEndpoints(options.workspace);
          const rows = found.map((one) => [
            one.id,
            one.channel.toLowerCase(),
            plain(one.name),
            plain(one.url),
            one.disabledAt === null ? "on" : "off",
            String(one.deadLetters),
          ]);
          const heading = ["ID", "CHANNEL", "NAME", "URL", "STATE", "DEAD LETTERS"];
          printData(terminal, options, found.map(shown), table([heading, ...rows]));
        }),
      ),
    );
}

function addSwitches(endpoints: Command, terminal: Terminal, run: Runner): void {
  const about = {
    enable: "switch an endpoint on again",
    disable: "switch an endpoint off: what happens meanwhile is not told",
    remove: "remove an endpoint; what waits for it is dropped",
  } as const;
  for (const [name, description] of Object.entries(about)) {
    endpoints
      .command(name)
      .description(description)
      .argument("<id>")
      .option("--workspace <name>", "the workspace", "default")
      .option("--json", "print JSON")
      .action((id: string, options: WorkspaceOption) =>
        run(options, () =>
          withOperator(terminal, async (operator) => {
            const endpoint =
              name === "remove"
                ? await operator.removeEndpoint(options.workspace, id)
                : await operator.switchEndpoint(options.workspace, id, name === "disable");
            printData(terminal, options, shown(endpoint), endpoint.id);
          }),
        ),
      );
  }
}

function addRotateAndTest(endpoints: Command, terminal: Terminal, run: Runner): void {
  endpoints
    .command("rotate")
    .description("give an endpoint a new secret, which is printed this once")
    .argument("<id>")
    .option("--overlap <span>", "how long the former secret signs beside it: 24h, 30m", "24h")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((id: string, options: WorkspaceOption & { readonly overlap: string }) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const span = options.overlap === "0" ? 0 : spanOf(options.overlap);
          if (span === undefined)
            throw new UsageError(`--overlap expects a span such as 24h, not "${options.overlap}".`);
          const minutes = span / 60_000;
          const { endpoint, secret } = await operator.rotateEndpointSecret(options.workspace, id, minutes);
          printData(terminal, options, { endpoint: shown(endpoint), secret }, secret ?? "");
        }),
      ),
    );
  endpoints
    .command("test")
    .description("send a test, and say how it was taken")
    .argument("<id>")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((id: string, options: WorkspaceOption) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const result = await operator.testEndpoint(options.workspace, id);
          const how = result.delivered ? "delivered" : `not delivered: ${plain(result.problem ?? "")}`;
          printData(terminal, options, result, `${how} (${result.milliseconds} ms)`);
          if (!result.delivered) terminal.setExitCode(1);
        }),
      ),
    );
}

function addDeadLetters(program: Command, terminal: Terminal, run: Runner): void {
  const letters = program.command("dead-letters").description("deliveries that were given up");
  letters
    .command("list")
    .description("list them, the oldest first")
    .option("--endpoint <id>", "only those of this endpoint")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: WorkspaceOption & { readonly endpoint?: string }) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const found: object[] = [];
          const rows = [["ID", "CHANNEL", "TARGET", "EVENT", "ATTEMPTS", "GIVEN UP AT", "PROBLEM"]];
          for await (const row of operator.deadLetters(options.workspace, options.endpoint)) {
            const { id, channel, target, ticket_id: ticketId, sequence, reason, attempts, problem } = row;
            const givenUpAt = iso(row.dead_at);
            found.push({ id, channel, target, ticketId, sequence, reason, attempts, problem, givenUpAt });
            const [event, tries] = [String(sequence), String(attempts)];
            rows.push([
              id,
              channel.toLowerCase(),
              target,
              event,
              tries,
              givenUpAt ?? "-",
              plain(problem ?? "-"),
            ]);
          }
          printData(terminal, options, found, table(rows));
        }),
      ),
    );
  letters
    .command("replay")
    .description("have them tried again: those named, or those of an endpoint, of a range of events, or both")
    .argument("[ids...]")
    .option("--endpoint <id>", "those of this endpoint")
    .option("--from <sequence>", "of events from this one on")
    .option("--to <sequence>", "of events up to this one")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((ids: string[], options: ReplayOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const replayed = await operator.replayDeadLetters(options.workspace, {
            ...(ids.length === 0 ? {} : { ids }),
            target: options.endpoint,
            from: options.from === undefined ? undefined : wholeNumber("--from", options.from),
            to: options.to === undefined ? undefined : wholeNumber("--to", options.to),
          });
          printData(terminal, options, { replayed }, String(replayed));
        }),
      ),
    );
}

/** An endpoint as it is printed: with instants as people and programs read them. */
function shown<Shown extends Pick<Endpoint, "createdAt" | "disabledAt">>(endpoint: Shown) {
  return { ...endpoint, createdAt: iso(endpoint.createdAt), disabledAt: iso(endpoint.disabledAt) };
}
