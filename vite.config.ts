import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The inbox: bundled with everything that it needs, so that it asks no other host for anything.
export default defineConfig({
  root: "src/inbox",
  base: "/",
  plugins: [react()],
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
