import type { Journal } from "./load-journal.js";
import { Chain, settlements } from "./load-ledger.js";
import { tableProblems } from "./load-tables.js";
import type { LoadWorld } from "./load-world.js";

/** What an inspection found beside that all is well. */
export interface Inspection {
  /** Events that were added since the last one. */
  readonly added: number;
  /** Operations whose answer had not come, although they were committed. */
  readonly committedUnanswered: number;
}

const SHOWN = 10;
const SHOWN_LENGTH = 400;

/**
 * Looks whether the chain is whole and the tables agree with it, and whether both hold what the journal, where there is one,
 * says was acknowledged, each thing once. Nobody may be at work meanwhile; a server need not run.
 */
export class Inspector {
  readonly chain: Chain;

  constructor(
    private readonly world: LoadWorld,
    private readonly journal?: Journal,
  ) {
    this.chain = new Chain(world.workspaceId);
  }

  /** @throws Error that lists what is wrong */
  async inspect(): Promise<Inspection> {
    return this.world.look(async (sql, audit) => {
      const after = this.chain.events.length;
      const added = await this.chain.grow(sql);
      this.journal?.absorb(added);
      const verdict = await audit();
      const problems = [
        ...(this.journal?.problems() ?? []),
        ...(await tableProblems(sql, this.world.workspaceId, after, added, this.journal?.entries)),
        ...(verdict.ok && verdict.events === this.chain.events.length
          ? []
          : [`audit: ${JSON.stringify(verdict)}`]),
      ];
      if (problems.length > 0) {
        const shown = problems.slice(0, SHOWN).map((problem) => problem.slice(0, SHOWN_LENGTH));
        throw new Error(`${problems.length} things are wrong:\n${shown.join("\n")}`);
      }
      const open = this.journal?.entries.filter(({ fate }) => fate === "open") ?? [];
      return {
        added: added.length,
        committedUnanswered: open.filter(({ effects }) => effects.length > 0).length,
      };
    });
  }

  /** The cursor of the last event that was read: where a round begins. */
  get cursor(): string {
    const last = this.chain.events.at(-1);
    if (last === undefined) throw new Error("nothing has been read yet");
    return last.cursor;
  }

  /** Cursors of the decisions after a place, in ledger order: all, or those on one agent's tickets. */
  decisionsAfter(sequence: number, submitter?: string): string[] {
    const own = new Set(
      this.chain.events.flatMap(({ type, ticket, actor }) =>
        type === "SUBMITTED" && (submitter === undefined || actor.id === submitter) ? [ticket] : [],
      ),
    );
    return settlements(this.chain.events)
      .filter((settled) => settled.sequence > sequence && own.has(settled.ticketId))
      .map(({ cursor }) => cursor);
  }
}
