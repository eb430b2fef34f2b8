/** A figure that was taken several times. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: readonly number[];
}

export function figure(runs: readonly number[]): Figure {
  return { median: percentile(runs, 0.5), min: Math.min(...runs), max: Math.max(...runs), runs };
}

/** The value below which that share of the values lies (linear between neighbours). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  if (low === undefined || high === undefined) throw new Error("no values");
  return low + (high - low) * (place - Math.floor(place));
}
