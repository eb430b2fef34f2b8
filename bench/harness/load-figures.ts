import type { Measured } from "./measured.js";
import { OTHERS_CPU } from "./report.js";
import { percentile } from "./statistics.js";
import type { LoadResult } from "./tasks.js";

/** What is reported of any number of requests. */
export function loadFigures({
  result,
  serverCpu,
  databaseCpu,
  clientCpu,
  foreign,
}: Measured<LoadResult>): Readonly<Record<string, number>> {
  return {
    "per second": result.count / result.seconds,
    "p50 ms": percentile(result.latencies, 0.5),
    "p99 ms": percentile(result.latencies, 0.99),
    "server CPU µs each": (serverCpu / result.count) * 1e6,
    "database CPU µs each": (databaseCpu / result.count) * 1e6,
    "client CPU %": (clientCpu / result.seconds) * 100,
    [OTHERS_CPU]: (foreign / result.seconds) * 100,
  };
}
