/**
 * A tiny model of one ticket, in its own words and on purpose without the project's rules: what the random sequences of the
 * property test are held against.
 */
export interface ModelActor {
  readonly name: string;
  readonly submits: boolean;
  readonly reviews: boolean;
  readonly seesAll: boolean;
}

export type ModelCommand =
  | { readonly kind: "resubmit"; readonly answers: "current" | "stale" | "none" }
  | { readonly kind: "withdraw" | "claim" | "release" | "comment" }
  | { readonly kind: "assign"; readonly to: string }
  | { readonly kind: "retract"; readonly revision: "current" | "stale" }
  | {
      readonly kind: "decide";
      readonly revision: "current" | "stale";
      readonly outcome: "APPROVED" | "REJECTED" | "NEEDS_CHANGES";
      readonly comments: boolean;
      readonly amend: boolean;
    };

export class TicketModel {
  status = "PENDING";
  revision = 1;
  revisionBy: string;
  approvals: string[] = [];
  holder: string | null = null;

  constructor(
    readonly submitter: ModelActor,
    readonly required: number,
    readonly everybody: readonly ModelActor[],
  ) {
    this.revisionBy = submitter.name;
  }

  /** Runs the command; returns "done" or the code of the refusal. */
  run(actor: ModelActor, command: ModelCommand): string {
    const mine = actor.name === this.submitter.name;
    if (!mine && !actor.reviews && !actor.seesAll) return "NOT_FOUND";
    const allowed = {
      resubmit: mine,
      withdraw: mine,
      comment: mine || actor.reviews,
      claim: actor.reviews,
      release: actor.reviews,
      assign: actor.reviews,
      retract: actor.reviews,
      decide: actor.reviews,
    }[command.kind];
    if (!allowed) return "FORBIDDEN";
    return this.#follow(actor, command);
  }

  #follow(actor: ModelActor, command: ModelCommand): string {
    if (command.kind === "comment") return "done";
    if (command.kind === "release") {
      if (this.holder === null) return "done";
      if (this.holder !== actor.name) return "CLAIMED_BY_ANOTHER";
      this.holder = null;
      return "done";
    }
    const open =
      this.status === "PENDING" || (command.kind === "resubmit" && this.status === "NEEDS_CHANGES");
    if (!open) return this.status === "WITHDRAWN" ? "NOT_PENDING" : "ALREADY_DECIDED";
    switch (command.kind) {
      case "resubmit":
        if (command.answers === "stale") return "STALE_REVISION";
        this.#newRevision(actor);
        this.status = "PENDING";
        return "done";
      case "withdraw":
        this.#settle("WITHDRAWN");
        return "done";
      case "claim": {
        const refused = this.#keepsAway(actor);
        if (refused === undefined) this.holder = actor.name;
        return refused ?? "done";
      }
      case "assign": {
        const other = this.everybody.find((one) => one.name === command.to);
        if (other === undefined || !other.reviews || this.#own(other)) return "BAD_USER_INPUT";
        this.holder = other.name;
        return "done";
      }
      case "retract":
        if (command.revision === "stale") return "STALE_REVISION";
        if (!this.approvals.includes(actor.name)) return "BAD_USER_INPUT";
        this.approvals = this.approvals.filter((name) => name !== actor.name);
        return "done";
      case "decide":
        return this.#decide(actor, command);
    }
  }

  #decide(actor: ModelActor, command: Extract<ModelCommand, { kind: "decide" }>): string {
    if (command.revision === "stale") return "STALE_REVISION";
    const refused = this.#keepsAway(actor);
    if (refused !== undefined) return refused;
    if (command.outcome === "NEEDS_CHANGES" && !command.comments) return "BAD_USER_INPUT";
    if (command.amend && command.outcome !== "APPROVED") return "BAD_USER_INPUT";
    if (command.amend) this.#newRevision(actor);
    if (this.holder === actor.name) this.holder = null;
    if (command.outcome !== "APPROVED") {
      this.#settle(command.outcome);
      return "done";
    }
    this.approvals.push(actor.name);
    if (this.approvals.length >= this.required) this.#settle("APPROVED");
    return "done";
  }

  #own(actor: ModelActor): boolean {
    return this.#isOwn(actor) || this.approvals.includes(actor.name);
  }

  #isOwn(actor: ModelActor): boolean {
    return this.revisionBy === actor.name || this.submitter.name === actor.name;
  }

  #keepsAway(actor: ModelActor): string | undefined {
    if (this.approvals.includes(actor.name)) return "ALREADY_REVIEWED";
    if (this.#isOwn(actor)) return "OWN_SUBMISSION";
    return this.holder === null || this.holder === actor.name ? undefined : "CLAIMED_BY_ANOTHER";
  }

  #newRevision(by: ModelActor): void {
    this.revision += 1;
    this.revisionBy = by.name;
    this.approvals = [];
  }

  #settle(status: string): void {
    this.status = status;
    this.holder = null;
  }
}
