import { useSyncExternalStore } from "react";

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["week", 7 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

const exact = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "long" });

/** A stretch of time in plain words: `3 hours`, `less than a minute`. */
export function inWords(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const [unit, length] = UNITS.find(([, one]) => size >= one) ?? [];
  if (unit === undefined || length === undefined) return "less than a minute";
  const count = Math.floor(size / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The exact time in the reader's zone, which it names. */
export function exactTime(at: string): string {
  return exact.format(new Date(at));
}

const near: Intl.DateTimeFormatOptions = {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
};
const thisYear = new Intl.DateTimeFormat("en-GB", near);
const anotherYear = new Intl.DateTimeFormat("en-GB", { ...near, year: "numeric" });

/** Day and time in the reader's zone, in as few words as it takes. */
export function shortTime(at: string): string {
  const time = new Date(at);
  return (time.getFullYear() === new Date().getFullYear() ? thisYear : anotherYear).format(time);
}

/** How long ago, with the exact time at hand. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactTime(at)}>
      {inWords(now - Date.parse(at))} ago
    </time>
  );
}

const TICK_MS = 15_000;
const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

/** The time, as fine as the page's words for it. */
export function useNow(): number {
  return useSyncExternalStore(listen, () => now);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  if (ticking === undefined) {
    now = Date.now();
    ticking = setInterval(() => {
      now = Date.now();
      for (const one of listeners) one();
    }, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}
