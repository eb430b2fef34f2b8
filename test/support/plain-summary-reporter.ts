import type { Reporter, TestModule } from "vitest/node";

/** What a run came to. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Ends the output with one plain line, `12 passed, 0 failed` (`, 3 skipped` follows where some were), which a program
 * can read. What went wrong outside of a test (a file that could not be loaded, an unhandled error, no test at all)
 * counts as failed, so that the line never looks better than the exit code.
 */
export class PlainSummaryReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    process.stdout.write(`\n${summaryLine(tally(testModules, unhandledErrors.length))}\n`);
  }
}

export function summaryLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function tally(testModules: readonly TestModule[], unhandledErrors: number): Tally {
  const result: Tally = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const testModule of testModules) {
    for (const test of testModule.children.allTests()) {
      const { state } = test.result();
      // Still pending at the end: the run was cut short before this one, or its file broke down.
      result[state === "pending" ? "skipped" : state] += 1;
    }
    // Errors of files and suites themselves: a hook that threw, an import that failed.
    result.failed += testModule.errors().length;
    for (const suite of testModule.children.allSuites()) {
      result.failed += suite.errors().length;
    }
  }
  if (result.passed + result.failed + result.skipped === 0) {
    result.failed = 1;
  }
  return result;
}
