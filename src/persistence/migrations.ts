import { InitialSchema1764000000000 } from "./migrations/initial-schema.js";
import { Members1764100000000 } from "./migrations/members.js";
import { Notifications1764300000000 } from "./migrations/notifications.js";
import { Snoozes1764200000000 } from "./migrations/snoozes.js";
import { TicketViewers1764250000000 } from "./migrations/ticket-viewers.js";

/** Every migration, oldest first. */
export const MIGRATIONS = [
  InitialSchema1764000000000,
  Members1764100000000,
  Snoozes1764200000000,
  TicketViewers1764250000000,
  Notifications1764300000000,
] as const;
