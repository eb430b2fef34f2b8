// Which part of src/ may import which, written down once; `npm run check` holds the code to it.

/** layer → the other layers it may import. A layer that is not listed here cannot be imported, nor import. */
const MAY_IMPORT = {
  domain: [],
  persistence: ["domain"],
  ledger: ["domain", "persistence"],
  presence: ["domain", "persistence"],
  identity: ["domain", "persistence", "ledger"],
  notify: ["domain", "persistence", "ledger", "identity"],
  graphql: ["domain", "persistence", "ledger", "presence", "identity", "notify"],
  server: ["domain", "persistence", "ledger", "presence", "identity", "notify", "graphql", "client"],
  cli: ["client", "server", "verifier"],
  client: [],
  inbox: [],
  verifier: [],
};

const layers = Object.keys(MAY_IMPORT);
const folders = (names) => `^src/(${names.join("|")})/`;

const layerRules = Object.entries(MAY_IMPORT).map(([layer, others]) => ({
  name: `${layer}-imports`,
  comment:
    others.length === 0 ? `${layer} imports nothing of the project` : `${layer} → ${others.join(", ")}`,
  severity: "error",
  from: { path: folders([layer]) },
  to: { path: "^src/", pathNot: folders([layer, ...others]) },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: "known-layers",
      comment: "Every file of src/ belongs to a layer that the table above knows.",
      severity: "error",
      from: { path: "^src/", pathNot: folders(layers) },
      to: {},
    },
    {
      name: "src-stands-alone",
      comment: "What is shipped does not lean on tests, scripts, benchmarks or configuration files.",
      severity: "error",
      from: { path: "^src/" },
      to: { pathNot: "^(src/|node_modules/)", dependencyTypes: ["local"] },
    },
    {
      name: "no-dev-dependencies",
      comment: "What is shipped runs, and type-checks, with `dependencies` alone.",
      severity: "error",
      // The inbox is bundled: what it is made of is not installed with the package.
      from: { path: "^src/", pathNot: "^src/inbox/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm"] },
    },
    {
      name: "declared-dependencies",
      comment: "A package that package.json does not name is there by luck.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "resolvable",
      comment: "An import leads somewhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-cycles",
      comment:
        "Two files that need each other at run time are one, or three. (Types alone may look at each other.)",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "domain-is-pure",
      comment: "No I/O, no database and no GraphQL in the rules: of Node only what computes.",
      severity: "error",
      from: { path: folders(["domain"]) },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|util|assert|buffer)$" },
    },
    {
      name: "client-runs-anywhere",
      comment: "The SDK works in a browser bundle too, so it takes nothing that only Node has.",
      severity: "error",
      from: { path: folders(["client", "inbox"]) },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "verifier-stands-alone",
      comment: "The offline verifier trusts nothing but Node: no package either.",
      severity: "error",
      from: { path: folders(["verifier"]) },
      to: { dependencyTypesNot: ["core"], pathNot: "^src/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Imports of types count: they couple layers as well.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
    },
  },
};
