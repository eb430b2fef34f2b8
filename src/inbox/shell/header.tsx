import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { Role } from "../api/generated.js";
import { useSession } from "./session.js";
import { signOut } from "./sign-out.js";

/** The places of the page, and the roles that have something to do there; null is everybody. */
export const PLACES: readonly {
  readonly path: string;
  readonly name: string;
  readonly key: string;
  readonly roles: readonly Role[] | null;
}[] = [
  { path: "/", name: "Inbox", key: "g i", roles: null },
  { path: "/notifications", name: "Notifications", key: "g n", roles: ["REVIEWER", "ADMIN"] },
  { path: "/audit", name: "Audit trail", key: "g a", roles: ["AUDITOR", "ADMIN"] },
  { path: "/admin", name: "Admin", key: "g m", roles: ["ADMIN"] },
];

/** What the admin's page is to those who manage nothing: auditors see it all, others the keys of programs that act as them. */
const SEEN = { path: "/admin", name: "Members", key: "g m", roles: null };
const MY_KEYS = { ...SEEN, name: "My keys" };

/** The places where whoever has these roles has something to do. */
export function placesFor(roles: readonly Role[]) {
  const places = PLACES.filter((place) => place.roles?.some((role) => roles.includes(role)) ?? true);
  if (roles.includes("ADMIN")) return places;
  return [...places, roles.includes("AUDITOR") ? SEEN : MY_KEYS];
}

/** Where I am, who I am, and the way out. */
export function Header({ showShortcuts }: { readonly showShortcuts: () => void }) {
  const { viewer } = useSession();
  const [path] = useLocation();
  return (
    <header className="shell-header">
      <a className="shell-skip" href="#main">
        Skip to the content
      </a>
      <p className="shell-workspace">
        Countersign <span className="shell-quiet">{viewer.workspace.name}</span>
      </p>
      <nav aria-label="Pages" className="shell-places">
        {placesFor(viewer.roles).map((place) => (
          <Link key={place.path} href={place.path} aria-current={path === place.path ? "page" : undefined}>
            {place.name}
          </Link>
        ))}
      </nav>
      <p className="shell-viewer">
        <a href="/account" title="Your account">
          {viewer.principal.name}
        </a>{" "}
        <span className="shell-quiet">{viewer.roles.map((role) => role.toLowerCase()).join(", ")}</span>
      </p>
      <button type="button" className="shell-plain" onClick={showShortcuts}>
        Shortcuts
      </button>
      <SignOut />
    </header>
  );
}

function SignOut() {
  const [failed, setFailed] = useState(false);
  const leave = () => {
    setFailed(false);
    signOut().catch(() => setFailed(true));
  };
  return (
    <>
      <button type="button" className="shell-plain" onClick={leave}>
        Sign out
      </button>
      {failed && (
        <p role="alert" className="shell-failed">
          You are still signed in: the server did not answer. Try again.
        </p>
      )}
    </>
  );
}
