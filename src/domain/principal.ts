/** Who acts: a machine, a person, or Countersign itself (timers). */
export type PrincipalKind = "AGENT" | "HUMAN" | "SYSTEM";

/** What a principal may do; see design "Identity". */
export type Role = "AGENT" | "REVIEWER" | "AUDITOR" | "ADMIN";

export const PRINCIPAL_KINDS: readonly PrincipalKind[] = ["AGENT", "HUMAN", "SYSTEM"];
export const ROLES: readonly Role[] = ["AGENT", "REVIEWER", "AUDITOR", "ADMIN"];

/** A principal's name as the record keeps it. */
export interface PrincipalRef {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
}

/** Who issues a command, as the credential says: never as the input says. */
export interface Actor extends PrincipalRef {
  readonly workspaceId: string;
  readonly roles: readonly Role[];
  /** The queues a reviewer works in; null means every queue. */
  readonly queues: readonly string[] | null;
  /** The human behind an agent's key, where one is named: a principal's id. */
  readonly onBehalfOf?: string;
}

/** Roles that only a human can hold: sign-off must never come from a machine. */
export const HUMAN_ROLES: readonly Role[] = ["REVIEWER", "ADMIN"];

export function hasRole(actor: Actor, role: Role): boolean {
  return actor.roles.includes(role);
}

/** Whether the actor is a human with the reviewer role: the only kind of principal whose reviews count. */
export function isReviewer(actor: Actor): boolean {
  return actor.kind === "HUMAN" && hasRole(actor, "REVIEWER");
}

export function worksInQueue(actor: Actor, queue: string): boolean {
  return actor.queues === null || actor.queues.includes(queue);
}

/** What decides whether somebody may see a ticket. */
export interface TicketVisibility {
  readonly queue: string;
  readonly submittedBy: string;
}

/**
 * Whether the actor may see a ticket of its own workspace: auditors and admins all, reviewers their queues, everybody
 * what they submitted. Workspaces are told apart before this is asked.
 */
export function maySee(actor: Actor, ticket: TicketVisibility): boolean {
  if (actor.kind === "SYSTEM" || seesEverything(actor)) return true;
  if (ticket.submittedBy === actor.id) return true;
  return isReviewer(actor) && worksInQueue(actor, ticket.queue);
}

/** Whether the actor sees nothing but what it submitted. */
export function seesOwnOnly(actor: Actor): boolean {
  return actor.kind !== "SYSTEM" && !seesEverything(actor) && !isReviewer(actor);
}

/**
 * Whether the ticket is on the actor's desk: a human who reviews its queue, or who reads everything. Nobody else is shown
 * who looks at it; who submitted it least of all.
 */
export function isOnDesk(actor: Actor, ticket: Pick<TicketVisibility, "queue">): boolean {
  if (actor.kind !== "HUMAN") return false;
  return seesEverything(actor) || (isReviewer(actor) && worksInQueue(actor, ticket.queue));
}

/** Whether the actor reads the whole workspace, its ledger included. */
export function seesEverything(actor: Actor): boolean {
  return hasRole(actor, "AUDITOR") || hasRole(actor, "ADMIN");
}
