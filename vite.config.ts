import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

/** What a page loads; source maps are fetched by who debugs. */
const COMPRESSED = /\.(js|css|svg)$/;

/** Puts each file beside itself as browsers like to get it: the server compresses nothing while it serves. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    writeBundle: async ({ dir }, bundle) => {
      const paths = Object.keys(bundle)
        .filter((name) => COMPRESSED.test(name))
        .map((name) => join(dir ?? ".", name));
      await Promise.all(
        paths.map(async (path) => {
          const content = await readFile(path);
          await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
          await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
        }),
      );
    },
  };
}

// The inbox: bundled with everything that it needs, so that it asks no other host for anything.
export default defineConfig({
  root: "src/inbox",
  base: "/",
  plugins: [react(), precompress()],
  // What a worker is made of must do without a document; the page can do without one there too.
  resolve: { conditions: ["worker", ...defaultClientConditions] },
  build: {
    outDir: "../../dist/inbox",
    emptyOutDir: true,
    assetsDir: "assets",
    // A `data:` URL is an exception in the content security policy, which has none.
    assetsInlineLimit: 0,
    sourcemap: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // How long a plugin took is no warning to whoever starts the server.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
