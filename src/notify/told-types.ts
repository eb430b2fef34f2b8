import { EVENT_TYPES, type EventType, OWN_LIST_TYPES, WATCHING_TYPES } from "../domain/ticket-event.js";

/** What is told at all: the work, not the watching, and not what is of one reviewer's own list. */
export const TOLD_TYPES: ReadonlySet<EventType> = new Set(
  EVENT_TYPES.filter((type) => !WATCHING_TYPES.has(type) && !OWN_LIST_TYPES.has(type)),
);
