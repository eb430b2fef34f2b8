import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { TicketCommand } from "../../domain/ticket-command.js";
import { issueCommand } from "../commands/issue-command.js";
import { claimTicket, commentOnTicket, releaseTicket } from "../commands/ticket-commands.js";
import {
  AssignTicketInput,
  ClaimTicketInput,
  CommentOnTicketInput,
  ReleaseTicketInput,
  SnoozeTicketInput,
  UnsnoozeTicketInput,
} from "../inputs/ticket-inputs.js";
import { toReviewTicket } from "../mappers/to-review-ticket.js";
import type { RequestContext } from "../request-context.js";
import type { ReviewTicket } from "../types/review-ticket.js";
import {
  AssignTicketPayload,
  ClaimTicketPayload,
  CommentOnTicketPayload,
  ReleaseTicketPayload,
  SnoozeTicketPayload,
  UnsnoozeTicketPayload,
} from "../types/ticket-payloads.js";

/** How those around a ticket agree on who looks at it, and talk about it. */
@Resolver()
export class HandOverResolver {
  @Mutation(() => ClaimTicketPayload, { description: "Takes a ticket into the viewer's hands for a while." })
  async claimTicket(
    @Arg("input", () => ClaimTicketInput) { ticketId }: ClaimTicketInput,
    @Ctx() context: RequestContext,
  ): Promise<ClaimTicketPayload> {
    return { ticket: toReviewTicket((await claimTicket(context, ticketId)).ticket) };
  }

  @Mutation(() => ReleaseTicketPayload, {
    description: "Gives a ticket back; changes nothing where nobody holds it.",
  })
  async releaseTicket(
    @Arg("input", () => ReleaseTicketInput) { ticketId }: ReleaseTicketInput,
    @Ctx() context: RequestContext,
  ): Promise<ReleaseTicketPayload> {
    return { ticket: toReviewTicket((await releaseTicket(context, ticketId)).ticket) };
  }

  @Mutation(() => SnoozeTicketPayload, {
    description:
      "Takes a pending ticket out of the viewer's own list until a time, or until a new revision comes in. It is no decision and " +
      "changes nothing for others, but that the viewer holds the ticket no longer.",
  })
  async snoozeTicket(
    @Arg("input", () => SnoozeTicketInput) { ticketId, until, revision }: SnoozeTicketInput,
    @Ctx() context: RequestContext,
  ): Promise<SnoozeTicketPayload> {
    const command = { kind: "snooze", until: until.getTime(), revision: revision ?? null } as const;
    return { ticket: await after(context, "snoozeTicket", ticketId, command) };
  }

  @Mutation(() => UnsnoozeTicketPayload, {
    description: "Ends the viewer's snooze; changes nothing where there is none.",
  })
  async unsnoozeTicket(
    @Arg("input", () => UnsnoozeTicketInput) { ticketId }: UnsnoozeTicketInput,
    @Ctx() context: RequestContext,
  ): Promise<UnsnoozeTicketPayload> {
    return { ticket: await after(context, "unsnoozeTicket", ticketId, { kind: "unsnooze" }) };
  }

  @Mutation(() => AssignTicketPayload, {
    description: "Puts a ticket into the hands of somebody who can decide on it.",
  })
  async assignTicket(
    @Arg("input", () => AssignTicketInput) { ticketId, assigneeId }: AssignTicketInput,
    @Ctx() context: RequestContext,
  ): Promise<AssignTicketPayload> {
    return { ticket: await after(context, "assignTicket", ticketId, { kind: "assign", assigneeId }) };
  }

  @Mutation(() => CommentOnTicketPayload, {
    description: "Adds a remark: by the submitter or a reviewer of the queue, whatever the ticket's status.",
  })
  async commentOnTicket(
    @Arg("input", () => CommentOnTicketInput) input: CommentOnTicketInput,
    @Ctx() context: RequestContext,
  ): Promise<CommentOnTicketPayload> {
    const { ticket } = await commentOnTicket(context, input);
    return { ticket: toReviewTicket(ticket) };
  }
}

async function after(
  context: RequestContext,
  mutation: string,
  ticketId: string,
  command: TicketCommand,
): Promise<ReviewTicket> {
  const { ticket } = await issueCommand(context, { mutation, ticketId, command: () => command });
  return toReviewTicket(ticket);
}
