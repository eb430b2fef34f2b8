import { useEffect, useState } from "react";
import { exactTime, timeInWords } from "./words.js";

const MINUTE_MS = 60_000;

/** An instant in plain words that stay true; the exact time on hover. */
export function Moment({ at }: { readonly at: string }) {
  const [now, setNow] = useState(Date.now);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another instant may be later than what counted as now
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, [at]);
  return (
    <time dateTime={at} title={exactTime(at)}>
      {timeInWords(at, now)}
    </time>
  );
}
