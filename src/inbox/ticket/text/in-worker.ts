import { useEffect, useState } from "react";
import type { TextAnswers, TextTask } from "./text-task.js";
// biome-ignore lint/correctness/useImportExtensions: the bundler is asked for the address of what it makes of the file
import workerUrl from "./text-worker.ts?worker&url";

/** Milliseconds after which a text is given up on. */
const PATIENCE_MS = 8_000;

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** The page's policy takes a worker only from an address that was made for it; this one makes a single one. */
const trustedTypes = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
const address =
  trustedTypes
    ?.createPolicy("countersign-text-worker", { createScriptURL: () => workerUrl })
    .createScriptURL("") ?? workerUrl;

/** How far the worker is with a task. */
export type Worked<Answer> =
  | { readonly state: "working" }
  | { readonly state: "done"; readonly answer: Answer }
  | { readonly state: "given up" };

/**
 * Has a task done by a worker of its own, which is ended when it takes too long or nobody wants its answer any more.
 * @param key stands for the task: another key is another task
 * @param task undefined where there is nothing to do
 */
export function useTextWorker<Kind extends TextTask["task"]>(
  key: string,
  task: Extract<TextTask, { readonly task: Kind }> | undefined,
): Worked<TextAnswers[Kind]> {
  const [result, setResult] = useState<{ key: string; worked: Worked<TextAnswers[Kind]> }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the task
  useEffect(() => {
    if (task === undefined) return;
    const worker = new Worker(address);
    const end = (worked: Worked<TextAnswers[Kind]>): void => {
      clearTimeout(timer);
      worker.terminate();
      setResult({ key, worked });
    };
    const timer = setTimeout(() => end({ state: "given up" }), PATIENCE_MS);
    worker.addEventListener("message", ({ data }: MessageEvent<TextAnswers[Kind]>) =>
      end({ state: "done", answer: data }),
    );
    worker.addEventListener("error", () => end({ state: "given up" }));
    worker.postMessage(task);
    return () => {
      clearTimeout(timer);
      worker.terminate();
    };
  }, [key]);
  return result?.key === key ? result.worked : { state: "working" };
}
