import type { RecentEventsQuery } from "../api/generated.js";

/** One event, as the page lists it. */
export type AuditEvent = RecentEventsQuery["recentEvents"]["edges"][number]["node"];
