/** Answers each message of the parent process with what `work` makes of it. */
export function answer(work: (question: never) => Promise<unknown>): void {
  process.on("message", (question) => {
    work(question as never).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  // Without its parent it is of no use.
  process.once("disconnect", () => process.exit());
}
