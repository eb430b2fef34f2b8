import type { Databases } from "./databases.js";
import type { Options } from "./options.js";
import type { Pinning } from "./pinning.js";
import type { Report } from "./report.js";

/** What every part of the benchmark works with. */
export interface Bench {
  readonly options: Options;
  readonly pinning: Pinning;
  readonly databases: Databases;
  readonly report: Report;
  /** Says what is going on, to whoever waits. */
  readonly tell: (line: string) => void;
}
