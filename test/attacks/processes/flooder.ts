import type { FloodTarget } from "./flood-target.js";
import { type FloodName, flood } from "./floods.js";

// The attacker has a process of its own: what it takes of the processor must not count as the server's slowness.
process.on("message", ({ name, target }: { name: FloodName; target: FloodTarget }) => {
  flood(name, target).then(
    (counts) => process.send?.({ counts }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
