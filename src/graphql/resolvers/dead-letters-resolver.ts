import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { notFound } from "../../domain/domain-error.js";
import { replayDeadLetters } from "../../notify/dead-letters.js";
import { type DeliveryRow, listDeadLetters } from "../../persistence/delivery-queries.js";
import { findEndpointRow } from "../../persistence/endpoint-queries.js";
import { decodeIdCursor, encodeIdCursor } from "../id-cursor.js";
import { ReplayDeadLettersInput } from "../inputs/endpoint-inputs.js";
import { toPageInfo } from "../mappers/to-page-info.js";
import { DEFAULT_PAGE_SIZE, pageSize } from "../page-size.js";
import { actorOf, managerOf, type RequestContext } from "../request-context.js";
import { isTypeId } from "../type-ids.js";
import { type DeadLetter, DeadLetterConnection, ReplayDeadLettersPayload } from "../types/dead-letter.js";
import { positionOf } from "./audit-page.js";

/** Deliveries that were given up. */
@Resolver()
export class DeadLettersResolver {
  @Query(() => DeadLetterConnection, {
    description:
      "Deliveries that were given up, the oldest first: for admins and auditors. first is capped at 100.",
  })
  async deadLetters(
    @Arg("endpointId", () => ID, { nullable: true }) endpointId: string | null | undefined,
    @Arg("first", () => Int, { nullable: true, defaultValue: DEFAULT_PAGE_SIZE }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<DeadLetterConnection> {
    const { workspaceId } = actorOf(context);
    const size = pageSize(first);
    const position = decodeIdCursor("delivery", after);
    const target = targetOf(endpointId);
    if (
      target !== undefined &&
      (await findEndpointRow(context.services.read, workspaceId, target)) === undefined
    )
      throw notFound("endpoint");
    const rows = await listDeadLetters(context.services.read, workspaceId, {
      target,
      after: position,
      limit: size + 1,
    });
    const edges = rows
      .slice(0, size)
      .map((row) => ({ cursor: encodeIdCursor(row.id), node: toDeadLetter(row) }));
    return {
      edges,
      pageInfo: toPageInfo(edges, { hasNextPage: rows.length > size, hasPreviousPage: position !== "" }),
    };
  }

  @Mutation(() => ReplayDeadLettersPayload, {
    description: "Has dead letters tried again from the beginning, in the order of their events: for admins.",
  })
  async replayDeadLetters(
    @Arg("input", () => ReplayDeadLettersInput) { ids, endpointId, from, to }: ReplayDeadLettersInput,
    @Ctx() context: RequestContext,
  ): Promise<ReplayDeadLettersPayload> {
    for (const id of ids ?? []) if (!isTypeId("delivery", id)) throw notFound("dead letter");
    const replayed = await replayDeadLetters(context.services.ledger, {
      ...managerOf(context),
      ids: ids ?? undefined,
      target: targetOf(endpointId),
      from: from === null || from === undefined ? undefined : await positionOf(context, from),
      to: to === null || to === undefined ? undefined : await positionOf(context, to),
    });
    return { replayed };
  }
}

function targetOf(endpointId: string | null | undefined): string | undefined {
  if (endpointId === null || endpointId === undefined) return undefined;
  if (!isTypeId("endpoint", endpointId)) throw notFound("endpoint");
  return endpointId;
}

function toDeadLetter(row: DeliveryRow): DeadLetter {
  const byMail = row.channel === "MAIL";
  return {
    id: row.id,
    channel: row.channel,
    endpointId: byMail || row.channel === "CORE" ? null : row.target,
    principalId: byMail ? row.target : null,
    ticketId: row.ticket_id === "" ? null : row.ticket_id,
    eventSequence: row.sequence,
    reason: row.reason,
    attempts: row.attempts,
    problem: row.problem,
    httpStatus: row.http_status,
    createdAt: row.created_at,
    givenUpAt: row.dead_at ?? row.created_at,
  };
}
