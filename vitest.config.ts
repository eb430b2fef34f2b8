import { configDefaults, defineConfig } from "vitest/config";
import { PlainSummaryReporter } from "./test/support/plain-summary-reporter.js";

// Fault tests take minutes, so they run only where they are asked for: npm run test:faults.
const faultsAskedFor = process.env.TEST_FAULTS === "1";

const FLOODS = "test/attacks/floods*.test.ts";
const LEFT_OUT = [...configDefaults.exclude, ...(faultsAskedFor ? [] : ["test/faults/**"])];

/** Tests that may run beside one another; a group begins when the one before it has ended. */
function group(name: string, groupOrder: number, include: string, exclude: readonly string[]) {
  return {
    extends: true as const,
    test: { name, include: [include], exclude: [...LEFT_OUT, ...exclude], sequence: { groupOrder } },
  };
}

export default defineConfig({
  resolve: {
    // graphql's entry is named without an extension. Node takes index.js; trying .mjs first, as is the default here,
    // would load a second copy of it, whose objects the first one refuses.
    extensions: [".js", ".mjs", ".ts", ".json"],
  },
  test: {
    // Floods take what there is of the machine, and others measure time.
    projects: [group("all", 0, "test/**/*.test.ts", [FLOODS]), group("floods", 1, FLOODS, [])],
    globalSetup: ["test/support/global-setup.ts"],
    // Processes of their own: native modules, signals and process.env belong to one test file each.
    pool: "forks",
    // One more than the smallest machine has cores: most tests wait for something most of the time.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    retry: 0,
    reporters: ["default", new PlainSummaryReporter()],
  },
});
