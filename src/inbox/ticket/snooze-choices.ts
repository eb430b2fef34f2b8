/** A time that one is likely to mean. */
export interface SnoozeChoice {
  readonly label: string;
  readonly at: Date;
}

const MORNING = 9;
const AFTERNOON = 14;
const MONDAY = 1;
/** Nearer than this, the afternoon is no later. */
const LEAST_MS = 3_600_000;

/** The times that are offered, in the zone of the reader's device: each is later than the one before. */
export function snoozeChoices(now: Date): readonly SnoozeChoice[] {
  const on = (days: number, hour: number): Date =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const afternoon = on(0, AFTERNOON);
  const toMonday = (MONDAY - now.getDay() + 7) % 7 || 7;
  return [
    { label: "In one hour", at: new Date(now.getTime() + 3_600_000) },
    ...(afternoon.getTime() > now.getTime() + LEAST_MS ? [{ label: "This afternoon", at: afternoon }] : []),
    { label: "Tomorrow morning", at: on(1, MORNING) },
    ...(toMonday === 1 ? [] : [{ label: "Next Monday", at: on(toMonday, MORNING) }]),
  ];
}

/** What a field for a local date and time holds for that instant: `2026-11-24T09:00`. */
export function localText(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The instant that such a text means on this device; undefined where it means none. */
export function instantOf(text: string): Date | undefined {
  const at = new Date(text);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(at.getTime()) ? at : undefined;
}
