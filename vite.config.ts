import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

// The inbox: bundled with everything that it needs, so that it asks no other host for anything.
export default defineConfig({
  root: "src/inbox",
  base: "/",
  plugins: [react()],
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
  },
});
