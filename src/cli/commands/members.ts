import type { Command } from "commander";
import type { Member, MemberRequest } from "../../server/operator.js";
import type { Runner } from "../run-cli.js";
import { type CommonOptions, plain, printData, say, type Terminal, table } from "../terminal.js";
import { UsageError } from "../usage-error.js";
import { withOperator } from "../with-operator.js";
import { iso, rolesOf } from "../words.js";

interface WorkspaceOption extends CommonOptions {
  readonly workspace: string;
}

interface MemberOptions extends WorkspaceOption {
  readonly name?: string;
  readonly role?: string;
  readonly queue?: string[];
  readonly allQueues?: boolean;
}

/** `members invite`, `list`, `change` and `remove`. */
export function addMemberCommands(program: Command, terminal: Terminal, run: Runner): void {
  const members = program.command("members").description("who belongs to a workspace, and what they may do");
  described(members.command("invite"))
    .description("make a sign-in link for somebody new, or for a member; it works once, for 15 minutes")
    .argument("<email>")
    .action((email: string, options: MemberOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const made = await operator.inviteMember(options.workspace, email, requestOf(options));
          const { member, signInUrl, expiresAt } = made;
          printData(
            terminal,
            options,
            { member: shown(member), signInUrl, expiresAt: iso(expiresAt) },
            signInUrl,
          );
          if (options.json !== true)
            say(
              terminal,
              `For ${plain(member.name)} (${member.id}). The link works once, within 15 minutes, for whoever opens it first.`,
            );
        }),
      ),
    );
  members
    .command("list")
    .description("list the members of a workspace")
    .option("--removed", "those who were removed, too")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((options: WorkspaceOption & { readonly removed?: boolean }) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const found = await operator.listMembers(options.workspace, options.removed === true);
          const rows = found.map((member) => [
            member.id,
            plain(member.name),
            member.email ?? "-",
            member.kind,
            member.roles.join(","),
            member.queues === null ? "all" : plain(member.queues.join(",")),
            member.removedAt === null ? "member" : "removed",
          ]);
          const heading = ["ID", "NAME", "E-MAIL", "KIND", "ROLES", "QUEUES", "STATE"];
          printData(terminal, options, found.map(shown), table([heading, ...rows]));
        }),
      ),
    );
  described(members.command("change"))
    .description("change what a member may do; their connections end within five seconds")
    .argument("<id>")
    .action((id: string, options: MemberOptions) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const changed = await operator.changeMember(options.workspace, id, requestOf(options));
          printData(terminal, options, shown(changed), "");
          if (options.json !== true) say(terminal, `Changed ${changed.id}, ${plain(changed.name)}.`);
        }),
      ),
    );
  members
    .command("remove")
    .description("end a membership, with its keys, sessions and sign-in links")
    .argument("<id>")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .action((id: string, options: WorkspaceOption) =>
      run(options, () =>
        withOperator(terminal, async (operator) => {
          const removed = await operator.removeMember(options.workspace, id);
          printData(terminal, options, shown(removed), "");
          if (options.json !== true) say(terminal, `Removed ${removed.id}, ${plain(removed.name)}.`);
        }),
      ),
    );
}

function described(command: Command): Command {
  return command
    .option("--name <name>", "what they are called")
    .option("--role <roles>", "agent, reviewer, auditor or admin; several with commas")
    .option("--queue <name...>", "the queues a reviewer works in")
    .option("--all-queues", "every queue")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON");
}

function requestOf({ name, role, queue, allQueues }: MemberOptions): MemberRequest {
  if (queue !== undefined && allQueues === true) throw new UsageError("--queue or --all-queues, not both.");
  return {
    name,
    roles: role === undefined ? undefined : rolesOf(role),
    queues: allQueues === true ? null : queue,
  };
}

function shown(member: Member) {
  const { id, name, kind, roles, queues, email, createdAt, removedAt } = member;
  return { id, name, kind, roles, queues, email, createdAt: iso(createdAt), removedAt: iso(removedAt) };
}
