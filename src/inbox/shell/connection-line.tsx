import { useSyncExternalStore } from "react";
import type { LiveConnection } from "../api/client.js";

/** Says that changes do not come in at the moment; says nothing while all is well. */
export function ConnectionLine({ live }: { readonly live: LiveConnection }) {
  const offline = useSyncExternalStore(live.listen, live.current) === "offline";
  return (
    <p role="status" className="shell-connection" data-offline={offline}>
      {offline && "No connection. What you see may be out of date; the page goes on by itself."}
    </p>
  );
}
