import { configDefaults, defineConfig } from "vitest/config";
import { PlainSummaryReporter } from "./test/support/plain-summary-reporter.js";

// Fault tests take minutes, so they run only where they are asked for: npm run test:faults.
const faultsAskedFor = process.env.TEST_FAULTS === "1";

export default defineConfig({
  resolve: {
    // graphql's entry is named without an extension. Node takes index.js; trying .mjs first, as is the default here,
    // would load a second copy of it, whose objects the first one refuses.
    extensions: [".js", ".mjs", ".ts", ".json"],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(faultsAskedFor ? [] : ["test/faults/**"])],
    globalSetup: ["test/support/global-setup.ts"],
    // Processes of their own: native modules, signals and process.env belong to one test file each.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    retry: 0,
    reporters: ["default", new PlainSummaryReporter()],
  },
});
