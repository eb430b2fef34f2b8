import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { ShownOnce } from "../desk/shown-once.tsx";
import type { Member, Queue } from "./lists.js";
import { ChangeDialog, type Invitation, InviteDialog, LinkDialog, RemoveDialog } from "./member-dialogs.tsx";
import { RowMenu } from "./row-menu.tsx";
import type { Loaded } from "./use-loaded.js";

interface MembersSectionProps {
  readonly members: Loaded<readonly Member[]>;
  readonly queues: readonly Queue[];
  /** Whether the viewer manages them, or only sees them. */
  readonly manages: boolean;
  /** Members' keys end with them. */
  readonly onChanged: () => void;
}

type Asked =
  | { readonly what: "invite" }
  | { readonly what: "change" | "link" | "remove"; readonly member: Member }
  | { readonly what: "invited"; readonly invitation: Invitation };

export function MembersSection({ members, queues, manages, onChanged }: MembersSectionProps) {
  const [asked, setAsked] = useState<Asked>();
  const [said, setSaid] = useState("");
  const close = (): void => setAsked(undefined);
  const done = (words: string) => (): void => {
    close();
    setSaid(words);
    onChanged();
  };
  const invited = (invitation: Invitation): void => {
    setAsked({ what: "invited", invitation });
    onChanged();
  };
  return (
    <section id="members" aria-labelledby="members-title">
      <div className="desk-bar">
        <h2 id="members-title">Members</h2>
        {manages ? (
          <Button className="desk-button desk-button-main" onPress={() => setAsked({ what: "invite" })}>
            Invite somebody
          </Button>
        ) : null}
      </div>
      <p role="status" className="desk-hint">
        {members.value === undefined && members.refusal === "" ? "Loading …" : said}
      </p>
      <p role="alert" className="desk-refusal">
        {members.refusal}
      </p>
      <ul className="desk-rows" aria-labelledby="members-title">
        {members.value?.map((member) => (
          <MemberLine key={member.id} member={member}>
            <RowMenu of={member.name} actions={manages ? actionsOn(member, setAsked) : []} />
          </MemberLine>
        ))}
      </ul>
      {asked === undefined ? null : dialogFor(asked, { queues, close, done, invited })}
    </section>
  );
}

function MemberLine({ member, children }: { readonly member: Member; readonly children: ReactNode }) {
  const { name, kind, email, roles, queues } = member;
  return (
    <li className="desk-row">
      <div>
        <strong>{name}</strong>
        <p className="desk-quiet">{kind === "AGENT" ? "Agent" : (email ?? "Human")}</p>
      </div>
      <p>{roles.map((role) => role.toLowerCase()).join(", ")}</p>
      <p className="desk-quiet">{roles.includes("REVIEWER") ? (queues?.join(", ") ?? "every queue") : ""}</p>
      {children}
    </li>
  );
}

function actionsOn(member: Member, ask: (asked: Asked) => void) {
  const human = member.kind === "HUMAN" && member.email !== null && member.email !== undefined;
  return [
    { says: "Change …", run: () => ask({ what: "change", member }) },
    ...(human ? [{ says: "New sign-in link …", run: () => ask({ what: "link", member }) }] : []),
    { says: "Remove …", run: () => ask({ what: "remove", member }) },
  ];
}

interface Ways {
  readonly queues: readonly Queue[];
  readonly close: () => void;
  readonly done: (words: string) => () => void;
  readonly invited: (invitation: Invitation) => void;
}

function dialogFor(asked: Asked, { queues, close, done, invited }: Ways): ReactNode {
  switch (asked.what) {
    case "invite":
      return <InviteDialog queues={queues} onClose={close} onInvited={invited} />;
    case "invited":
      return <Invited invitation={asked.invitation} onClose={close} />;
    case "link":
      return <LinkDialog member={asked.member} onClose={close} onInvited={invited} />;
    case "change":
      return (
        <ChangeDialog
          member={asked.member}
          queues={queues}
          onClose={close}
          onDone={done(`${asked.member.name} was changed.`)}
        />
      );
    case "remove":
      return (
        <RemoveDialog
          member={asked.member}
          onClose={close}
          onDone={done(`${asked.member.name} was removed.`)}
        />
      );
  }
}

function Invited({ invitation, onClose }: { readonly invitation: Invitation; readonly onClose: () => void }) {
  const { name, signInUrl, expiresAt } = invitation;
  const until = new Date(expiresAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return (
    <ShownOnce
      title={`The way in for ${name}`}
      what="the sign-in link"
      text={signInUrl}
      advice={`Hand this to ${name} over a channel that you trust: whoever opens it first is signed in as them. It works once, until ${until}, and is shown only here.`}
      onClose={onClose}
    />
  );
}
