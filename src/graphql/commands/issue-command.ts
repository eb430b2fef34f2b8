import { createHash } from "node:crypto";
import { DomainError, notFound } from "../../domain/domain-error.js";
import { LIMITS } from "../../domain/limits.js";
import { canonicalText } from "../../domain/proposal.js";
import { requiredText } from "../../domain/text.js";
import type { TicketCommand } from "../../domain/ticket-command.js";
import type { Idempotency, RequestCredential, TicketOutcome } from "../../ledger/ledger.js";
import { actorOf, forgetReads, type RequestContext } from "../request-context.js";
import { isTypeId } from "../type-ids.js";
import { enrichRefusal } from "./enrich-refusal.js";
import { precedingRefusal } from "./preceding-refusal.js";

/** A mutation of a ticket, not yet checked. */
export interface Issue {
  /** The mutation's name: the scope of its idempotency keys. */
  readonly mutation: string;
  /** Absent for a submission. */
  readonly ticketId?: string;
  readonly idempotencyKey?: string | null | undefined;
  /** Checks the input; throws BAD_USER_INPUT. */
  readonly command: () => TicketCommand;
  /** A command of the same kind with which nothing is wrong; only where `command` can throw on a ticket's input. */
  readonly faultless?: TicketCommand;
}

/**
 * Checks the input, hands the command to the ledger, and leaves the loaders knowing its outcome.
 * @throws DomainError with refusals in the order of precedence, and with the facts that the caller needs
 */
export async function issueCommand(context: RequestContext, issue: Issue): Promise<TicketOutcome> {
  const { ticketId } = issue;
  const actor = actorOf(context);
  if (ticketId !== undefined && !isTypeId("ticket", ticketId)) throw notFound("ticket");
  // Whatever the operation has read so far is from before this command.
  forgetReads(context);
  try {
    const { command, idempotency } = await checked(context, issue);
    const outcome = await context.services.ledger.execute({
      actor,
      command,
      ...(ticketId === undefined ? {} : { ticketId }),
      ...(idempotency === undefined ? {} : { idempotency }),
      ...credentialOf(context),
    });
    remember(context, outcome);
    return outcome;
  } catch (error) {
    if (ticketId === undefined || !(error instanceof DomainError)) throw error;
    throw await enrichRefusal(context, ticketId, error);
  }
}

/** A provider's JWT ends by the clock alone, and was looked at a moment ago. */
function credentialOf({ credential }: RequestContext): { credential?: RequestCredential } {
  if (credential === null || credential.kind === "PROVIDER_TOKEN") return {};
  return { credential: { kind: credential.kind, id: credential.id } };
}

interface Checked {
  readonly command: TicketCommand;
  readonly idempotency: Idempotency | undefined;
}

async function checked(context: RequestContext, issue: Issue): Promise<Checked> {
  const { ticketId, faultless } = issue;
  try {
    const command = issue.command();
    return { command, idempotency: idempotencyOf(issue, command) };
  } catch (error) {
    if (ticketId === undefined || faultless === undefined || !(error instanceof DomainError)) throw error;
    throw (await precedingRefusal(context, ticketId, faultless)) ?? error;
  }
}

/** The checked command is hashed, not the input: what means the same hashes alike, however it was written. */
function idempotencyOf(
  { mutation, ticketId, idempotencyKey }: Issue,
  command: TicketCommand,
): Idempotency | undefined {
  if (idempotencyKey === null || idempotencyKey === undefined) return undefined;
  const key = requiredText(idempotencyKey, "idempotencyKey", LIMITS.idempotencyKey);
  const content = canonicalText({ ticketId: ticketId ?? null, command });
  return { mutation, key, contentHash: createHash("sha256").update(content, "utf8").digest("hex") };
}

/** So that the answer needs no second look at what was just written. */
function remember(context: RequestContext, { ticket, proposal }: TicketOutcome): void {
  const { loaders } = context;
  loaders.tickets.clear(ticket.state.id).prime(ticket.state.id, ticket);
  if (proposal !== null) {
    loaders.proposals.prime({ ticketId: proposal.ticket_id, revision: proposal.revision }, proposal);
  }
}
