import { useCallback, useEffect, useState } from "react";
import { wordsOf } from "../desk/desk-client.js";

/** Something loaded from the server; what was there before stays until it has come again. */
export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly refusal: string;
  reload(): void;
}

/** @param load must stay the same for as long as the same is to be loaded */
export function useLoaded<Value>(load: () => Promise<Value>): Loaded<Value> {
  const [value, setValue] = useState<Value>();
  const [refusal, setRefusal] = useState("");
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what asks for it again
  useEffect(() => {
    let wanted = true;
    load().then(
      (next) => {
        if (!wanted) return;
        setValue(next);
        setRefusal("");
      },
      (error: unknown) => {
        if (wanted) setRefusal(wordsOf(error));
      },
    );
    return () => {
      wanted = false;
    };
  }, [load, round]);
  const reload = useCallback(() => setRound((one) => one + 1), []);
  return { value, refusal, reload };
}
