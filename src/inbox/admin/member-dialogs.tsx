import { useState } from "react";
import {
  ChangeMemberDocument,
  InviteMemberDocument,
  RemoveMemberDocument,
  type Role,
} from "../api/generated.js";
import { ActForm } from "../desk/act-form.tsx";
import { act } from "../desk/desk-client.js";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { TextField } from "../desk/fields.tsx";
import type { Member, Queue } from "./lists.js";
import { RoleFields } from "./role-fields.tsx";

/** A way in, which is shown once. */
export interface Invitation {
  readonly name: string;
  readonly signInUrl: string;
  readonly expiresAt: string;
}

interface InviteDialogProps {
  readonly queues: readonly Queue[];
  readonly onClose: () => void;
  readonly onInvited: (invitation: Invitation) => void;
}

export function InviteDialog({ queues: known, onClose, onInvited }: InviteDialogProps) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<readonly Role[]>(["REVIEWER"]);
  const [queues, setQueues] = useState<readonly string[] | null>(null);
  const invite = async (): Promise<void> => {
    const given = { email, roles, ...(name === "" ? {} : { name }), ...(queues === null ? {} : { queues }) };
    const { inviteMember } = await act(InviteMemberDocument, { input: given });
    const { member, signInUrl, expiresAt } = inviteMember;
    onInvited({ name: member.name, signInUrl, expiresAt });
  };
  return (
    <DeskDialog title="Invite somebody" onClose={onClose}>
      <ActForm action="Make the sign-in link" onAct={invite} onCancel={onClose}>
        <TextField label="E-mail address" type="email" value={email} onChange={setEmail} required />
        <TextField label="Name" value={name} onChange={setName} hint="The address, unless told" />
        <RoleFields
          kind="HUMAN"
          roles={roles}
          onRoles={setRoles}
          queues={queues}
          onQueues={setQueues}
          known={known}
        />
      </ActForm>
    </DeskDialog>
  );
}

interface MemberDialogProps {
  readonly member: Member;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function ChangeDialog({
  member,
  queues: known,
  onClose,
  onDone,
}: MemberDialogProps & { readonly queues: readonly Queue[] }) {
  const [name, setName] = useState(member.name);
  const [roles, setRoles] = useState(member.roles);
  const [queues, setQueues] = useState<readonly string[] | null>(member.queues ?? null);
  const change = async (): Promise<void> => {
    await act(ChangeMemberDocument, { input: { memberId: member.id, name, roles, queues } });
    onDone();
  };
  return (
    <DeskDialog title={`Change ${member.name}`} onClose={onClose}>
      <ActForm action="Change" onAct={change} onCancel={onClose}>
        <TextField label="Name" value={name} onChange={setName} required />
        <RoleFields
          kind={member.kind === "AGENT" ? "AGENT" : "HUMAN"}
          roles={roles}
          onRoles={setRoles}
          queues={queues}
          onQueues={setQueues}
          known={known}
        />
        <p className="desk-hint">
          It counts at once: what is open with the earlier rights ends within five seconds, and tickets that
          they may not review any more are given back.
        </p>
      </ActForm>
    </DeskDialog>
  );
}

/** Another way in for a member who has lost theirs. */
export function LinkDialog({
  member,
  onClose,
  onInvited,
}: Omit<MemberDialogProps, "onDone"> & { readonly onInvited: (invitation: Invitation) => void }) {
  const make = async (): Promise<void> => {
    const { inviteMember } = await act(InviteMemberDocument, { input: { email: member.email ?? "" } });
    onInvited({
      name: member.name,
      signInUrl: inviteMember.signInUrl,
      expiresAt: inviteMember.expiresAt,
    });
  };
  return (
    <DeskDialog title={`A new sign-in link for ${member.name}?`} onClose={onClose}>
      <ActForm action="Make the link" onAct={make} onCancel={onClose}>
        <p>
          Links for {member.name} that were not used before stop working. Where they are signed in now, they
          stay so.
        </p>
      </ActForm>
    </DeskDialog>
  );
}

export function RemoveDialog({ member, onClose, onDone }: MemberDialogProps) {
  const remove = async (): Promise<void> => {
    await act(RemoveMemberDocument, { input: { memberId: member.id } });
    onDone();
  };
  return (
    <DeskDialog title={`Remove ${member.name}?`} onClose={onClose}>
      <ActForm action={`Remove ${member.name}`} danger onAct={remove} onCancel={onClose}>
        <p>This ends at once:</p>
        <ul>
          <li>every key of theirs, and every session and sign-in link;</li>
          <li>whatever they have open, within five seconds;</li>
          <li>their hold on tickets, which go back to the queue.</li>
        </ul>
        <p>What they decided stays decided, and everything stays on the record.</p>
      </ActForm>
    </DeskDialog>
  );
}
