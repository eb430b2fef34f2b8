import { apply } from "../../src/domain/apply.js";
import { authorise, decide } from "../../src/domain/decide.js";
import type { Actor, Role } from "../../src/domain/principal.js";
import { checkProposal } from "../../src/domain/proposal.js";
import type { Snooze } from "../../src/domain/snooze.js";
import type { Submit, TicketCommand } from "../../src/domain/ticket-command.js";
import type { PlacedEvent } from "../../src/domain/ticket-event.js";
import type { TicketState } from "../../src/domain/ticket-state.js";

export const NOW = Date.parse("2026-01-02T03:04:05.678Z");
export const CLAIM_MS = 30 * 60_000;

export function person(id: string, roles: Role[] = ["REVIEWER"], queues: string[] | null = null): Actor {
  return { id, name: `name of ${id}`, kind: "HUMAN", workspaceId: "w", roles, queues };
}
export function machine(id: string, roles: Role[] = ["AGENT"]): Actor {
  return { ...person(id, roles), kind: "AGENT" };
}
export const timer: Actor = { ...person("timer", []), kind: "SYSTEM" };

export const text = (title: string) => checkProposal({ title });

/** One ticket whose life a test plays through the pure rules, as the pipeline would. */
export class World {
  state: TicketState | undefined;
  readonly events: PlacedEvent[] = [];
  now = NOW;
  readonly queues = new Map([
    ["default", 1],
    ["loans", 2],
  ]);
  readonly principals = new Map<string, Actor>();
  /** By principal. */
  readonly snoozes = new Map<string, Snooze>();

  run(actor: Actor, command: TicketCommand): PlacedEvent[] {
    const context = {
      actor,
      now: this.now,
      at: this.now,
      nextSequence: this.events.length + 1,
      claimMs: CLAIM_MS,
      queueMinimum: (queue: string) => this.queues.get(queue),
      principal: (id: string) => this.principals.get(id),
      snooze: (id: string) => this.snoozes.get(id),
    };
    authorise(this.state, command, context);
    const placed = decide(this.state, command, context).map((event, index): PlacedEvent => {
      const { id, name, kind } = actor;
      const sequence = this.events.length + 1 + index;
      return { ...event, ticketId: "t", sequence, at: this.now, actor: { id, name, kind } };
    });
    for (const event of placed) {
      this.state = apply(this.state, event);
      const { type, revision, data } = event;
      if (type === "SNOOZED") this.snoozes.set(actor.id, { revision, until: Date.parse(data.until) });
      if (type === "UNSNOOZED") this.snoozes.set(data.principalId, { revision, until: null });
    }
    this.events.push(...placed);
    return placed;
  }

  submit(actor: Actor, overrides: Partial<Submit> = {}): PlacedEvent[] {
    return this.run(actor, {
      kind: "submit",
      proposal: text("first"),
      queue: "default",
      priority: "NORMAL",
      dueAt: null,
      expiresAt: null,
      approvalsRequired: 1,
      ...overrides,
    });
  }

  decide(
    actor: Actor,
    outcome: "APPROVED" | "REJECTED" | "NEEDS_CHANGES",
    { revision = this.state?.revision ?? 1, comments = "so", amendment = null as string | null } = {},
  ): PlacedEvent[] {
    return this.run(actor, {
      kind: "decide",
      revision,
      outcome,
      comments,
      amendment: amendment === null ? null : text(amendment),
    });
  }

  /** The code with which a command is refused, or "done". */
  code(run: () => unknown): string {
    try {
      run();
      return "done";
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }
}
