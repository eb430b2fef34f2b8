import { InitialSchema1764000000000 } from "./migrations/initial-schema.js";

/** Every migration, oldest first. */
export const MIGRATIONS = [InitialSchema1764000000000] as const;
