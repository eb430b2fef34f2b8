import type { EventType } from "../domain/ticket-event.js";
import { parseQueues } from "../identity/queue-list.js";
import type { EndpointRow } from "../persistence/endpoint-queries.js";
import { SLACK_EVENTS } from "./slack-message.js";
import { TOLD_TYPES } from "./told-types.js";

/** The types in a `types` column; null for what the channel is usually told. */
export function parseTypes(text: string | null): EventType[] | null {
  return text === null ? null : (JSON.parse(text) as EventType[]);
}

/** The reverse of {@link parseTypes}. */
export function typesColumn(types: readonly EventType[] | null): string | null {
  return types === null ? null : JSON.stringify(types);
}

/**
 * Which events an endpoint wants, by type and by the queue of the ticket: of no ticket (null) only where it names their type, and
 * no queues.
 */
export function interestOf(
  row: Pick<EndpointRow, "channel" | "queues" | "types">,
): (type: EventType, queue: string | null) => boolean {
  const queues = parseQueues(row.queues);
  const inQueues = queues === null ? undefined : new Set(queues);
  const types = parseTypes(row.types);
  const named = types === null ? undefined : new Set(types);
  const usual = row.channel === "SLACK" ? SLACK_EVENTS : TOLD_TYPES;
  return (type, queue) => {
    if (queue === null) return inQueues === undefined && named?.has(type) === true;
    if (inQueues !== undefined && !inQueues.has(queue)) return false;
    return (named ?? usual).has(type);
  };
}
