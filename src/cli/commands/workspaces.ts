import type { Command } from "commander";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, plain, printData, type Terminal, table } from "../terminal.js";
import { UsageError } from "../usage-error.js";
import { withOperator } from "../with-operator.js";

interface WorkspaceOption extends CommonOptions {
  readonly workspace: string;
}

/** `workspaces` and `queues`. */
export function addWorkspaceCommands(program: Command, terminal: Terminal, run: Runner): void {
  const workspaces = program.command("workspaces").description("the walls between agencies");
  workspaces
    .command("create")
    .description("create a workspace, with its queue `default`")
    .argument("<name>")
    .option("--json", "print JSON")
    .action((name: string, options: CommonOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const { id, name: made } = await operator.createWorkspace(name);
          printData(terminal, options, { id, name: made }, id);
        }),
      ),
    );
  workspaces
    .command("list")
    .description("list the workspaces")
    .option("--json", "print JSON")
    .action((options: CommonOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const found = (await operator.listWorkspaces()).map(({ id, name }) => ({ id, name }));
          const rows = [["ID", "NAME"], ...found.map(({ id, name }) => [id, plain(name)])];
          printData(terminal, options, found, table(rows));
        }),
      ),
    );

  const queues = program.command("queues").description("where reviewers pick tickets up");
  queues
    .command("create")
    .description("create a queue")
    .argument("<name>")
    .option("--approvals <number>", "approvals that every ticket in it needs at least", "1")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((name: string, options: WorkspaceOption & { approvals: string }) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const minimum = wholeNumber("--approvals", options.approvals);
          const { name: made, minimumApprovals } = await operator.createQueue(
            options.workspace,
            name,
            minimum,
          );
          printData(terminal, options, { name: made, minimumApprovals }, made);
        }),
      ),
    );
  queues
    .command("change")
    .description("change how many approvals a queue asks for, of what is submitted from then on")
    .argument("<name>")
    .requiredOption("--approvals <number>", "approvals that every ticket in it needs at least")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((name: string, options: WorkspaceOption & { approvals: string }) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const minimum = wholeNumber("--approvals", options.approvals);
          const { minimumApprovals } = await operator.changeQueue(options.workspace, name, minimum);
          printData(terminal, options, { name, minimumApprovals }, name);
        }),
      ),
    );
  addQueueNotice(queues, terminal, run);
  queues
    .command("list")
    .description("list the queues of a workspace")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: WorkspaceOption) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const found = (await operator.listQueues(options.workspace)).map(({ name, minimumApprovals }) => ({
            name,
            minimumApprovals,
          }));
          const rows = found.map(({ name, minimumApprovals }) => [plain(name), String(minimumApprovals)]);
          printData(terminal, options, found, table([["NAME", "APPROVALS"], ...rows]));
        }),
      ),
    );
}

interface NoticeOptions extends WorkspaceOption {
  readonly remind?: string;
  readonly escalate?: string;
  readonly to?: readonly string[];
}

function addQueueNotice(queues: Command, terminal: Terminal, run: Runner): void {
  queues
    .command("notice")
    .description("say what a queue does about the due times of its tickets; what is left out, it does not do")
    .argument("<name>")
    .option("--remind <minutes>", "remind so long before the due time")
    .option("--escalate <minutes>", "tell others so long after it")
    .option("--to <id...>", "whom: ids of members who review or manage, and have an address")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((queue: string, options: NoticeOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const { remind, escalate, to = [] } = options;
          const set = await operator.setQueueNotice(options.workspace, {
            queue,
            remindMinutes: remind === undefined ? null : wholeNumber("--remind", remind),
            escalateMinutes: escalate === undefined ? null : wholeNumber("--escalate", escalate),
            escalateTo: to,
          });
          printData(terminal, options, set, set.queue);
        }),
      ),
    );
}

/** @throws UsageError where it is none */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option} expects a whole number, not "${text}".`);
  return Number(text);
}
