import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { ShownOnce } from "../desk/shown-once.tsx";
import { When } from "../desk/when.tsx";
import { CreateKeyDialog, type NewKey, RevokeKeyDialog, RotateKeyDialog } from "./key-dialogs.tsx";
import type { ApiKey, Member } from "./lists.js";
import { RowMenu } from "./row-menu.tsx";
import type { Loaded } from "./use-loaded.js";

interface KeysSectionProps {
  readonly title: string;
  readonly keys: Loaded<readonly ApiKey[]>;
  readonly members: readonly Member[];
  readonly viewerId: string;
  readonly isAdmin: boolean;
  /** A new agent comes with its key. */
  readonly onChanged: () => void;
}

type Asked =
  | { readonly what: "create" }
  | { readonly what: "rotate" | "revoke"; readonly apiKey: ApiKey }
  | { readonly what: "made"; readonly made: NewKey };

export function KeysSection({ title, keys, members, viewerId, isAdmin, onChanged }: KeysSectionProps) {
  const [asked, setAsked] = useState<Asked>();
  const [said, setSaid] = useState("");
  const close = (): void => setAsked(undefined);
  const made = (fresh: NewKey): void => {
    setAsked({ what: "made", made: fresh });
    onChanged();
  };
  const revoked = (label: string): void => {
    close();
    setSaid(`The key “${label}” was revoked.`);
    onChanged();
  };
  return (
    <section id="keys" aria-labelledby="keys-title">
      <div className="desk-bar">
        <h2 id="keys-title">{title}</h2>
        <Button className="desk-button desk-button-main" onPress={() => setAsked({ what: "create" })}>
          Make a key
        </Button>
      </div>
      <p role="status" className="desk-hint">
        {keys.value === undefined && keys.refusal === "" ? "Loading …" : said}
      </p>
      <p role="alert" className="desk-refusal">
        {keys.refusal}
      </p>
      {keys.value?.length === 0 ? (
        <p className="desk-quiet">There is no key yet. Programs need one; this page does not.</p>
      ) : (
        <ul className="desk-rows" aria-labelledby="keys-title">
          {keys.value?.map((apiKey) => (
            <KeyLine key={apiKey.id} apiKey={apiKey} own={apiKey.principal.id === viewerId}>
              <RowMenu
                of={`the key ${apiKey.label}`}
                actions={actionsOn(apiKey, { viewerId, isAdmin, ask: setAsked })}
              />
            </KeyLine>
          ))}
        </ul>
      )}
      {asked?.what === "create" ? (
        <CreateKeyDialog members={members} forOthers={isAdmin} onClose={close} onMade={made} />
      ) : null}
      {asked?.what === "rotate" ? (
        <RotateKeyDialog apiKey={asked.apiKey} onClose={close} onMade={made} />
      ) : null}
      {asked?.what === "revoke" ? (
        <RevokeKeyDialog apiKey={asked.apiKey} onClose={close} onDone={() => revoked(asked.apiKey.label)} />
      ) : null}
      {asked?.what === "made" ? (
        <ShownOnce
          title={`The key “${asked.made.label}”`}
          what="the key"
          text={asked.made.key}
          advice="Put it where the program keeps its secrets. It is shown only here, and only now: the server keeps no copy."
          onClose={close}
        />
      ) : null}
    </section>
  );
}

interface KeyLineProps {
  readonly apiKey: ApiKey;
  readonly own: boolean;
  readonly children: ReactNode;
}

function KeyLine({ apiKey, own, children }: KeyLineProps) {
  const { label, principal, onBehalfOf, createdAt } = apiKey;
  return (
    <li className={`desk-row ${hasEnded(apiKey) ? "desk-ended" : ""}`}>
      <div>
        <strong>{label}</strong>
        <p className="desk-quiet">
          made <When at={createdAt} />
        </p>
      </div>
      <p>
        {principal.name}
        {own ? <span className="desk-quiet"> (you)</span> : null}
        {onBehalfOf === null || onBehalfOf === undefined ? null : (
          <span className="desk-quiet">, used by {onBehalfOf.name}</span>
        )}
      </p>
      <p>
        <KeyState apiKey={apiKey} />
      </p>
      {children}
    </li>
  );
}

function KeyState({ apiKey }: { readonly apiKey: ApiKey }) {
  const { revokedAt, expiresAt } = apiKey;
  if (typeof revokedAt === "string") {
    return (
      <>
        Revoked <When at={revokedAt} />
      </>
    );
  }
  if (typeof expiresAt !== "string") return "Works until it is revoked";
  return (
    <>
      {hasEnded(apiKey) ? "Ended " : "Works until "}
      <When at={expiresAt} />
    </>
  );
}

function hasEnded({ revokedAt, expiresAt }: ApiKey): boolean {
  if (typeof revokedAt === "string") return true;
  return typeof expiresAt === "string" && Date.parse(expiresAt) <= Date.now();
}

interface Rights {
  readonly viewerId: string;
  readonly isAdmin: boolean;
  readonly ask: (asked: Asked) => void;
}

/** What the server would let the viewer do; it decides all the same. */
function actionsOn(apiKey: ApiKey, { viewerId, isAdmin, ask }: Rights) {
  if (hasEnded(apiKey)) return [];
  const { principal } = apiKey;
  const own = principal.id === viewerId;
  const rotates = own || (isAdmin && principal.kind === "AGENT");
  return [
    ...(rotates ? [{ says: "Replace …", run: () => ask({ what: "rotate", apiKey }) }] : []),
    ...(own || isAdmin ? [{ says: "Revoke …", run: () => ask({ what: "revoke", apiKey }) }] : []),
  ];
}
