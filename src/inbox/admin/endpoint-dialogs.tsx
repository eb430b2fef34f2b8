import { useState } from "react";
import {
  ChangeEndpointDocument,
  CreateEndpointDocument,
  type EndpointChannel,
  RotateEndpointSecretDocument,
} from "../api/generated.js";
import { ActForm } from "../desk/act-form.tsx";
import { act } from "../desk/desk-client.js";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { ChoiceField } from "../desk/fields.tsx";
import { type EndpointDraft, EndpointFields } from "./endpoint-fields.tsx";
import type { Endpoint, Queue } from "./lists.js";

/** A secret that was made just now. */
export interface NewSecret {
  readonly name: string;
  readonly secret: string;
}

interface CreateEndpointDialogProps {
  readonly queues: readonly Queue[];
  readonly onClose: () => void;
  /** The secret is undefined for a chat, which is not signed. */
  readonly onMade: (name: string, secret: string | undefined) => void;
}

export function CreateEndpointDialog({ queues, onClose, onMade }: CreateEndpointDialogProps) {
  const [draft, setDraft] = useState<EndpointDraft>({
    channel: "WEBHOOK",
    name: "",
    url: "",
    queues: null,
    types: null,
  });
  const make = async (): Promise<void> => {
    const { createEndpoint } = await act(CreateEndpointDocument, {
      input: { ...draft, queues: copied(draft.queues), types: copied(draft.types) },
    });
    onMade(createEndpoint.endpoint.name, createEndpoint.secret ?? undefined);
  };
  return (
    <DeskDialog title="Tell a webhook or a chat" onClose={onClose}>
      <ActForm action="Make it" onAct={make} onCancel={onClose}>
        <ChoiceField
          label="What"
          value={draft.channel}
          onChange={(channel) => setDraft({ ...draft, channel: channel as EndpointChannel })}
        >
          <option value="WEBHOOK">A webhook, for a program</option>
          <option value="SLACK">A chat: Slack, Mattermost or Rocket.Chat</option>
        </ChoiceField>
        <EndpointFields draft={draft} onChange={setDraft} known={queues} />
        <p className="desk-hint">It is told what happens from now on.</p>
      </ActForm>
    </DeskDialog>
  );
}

interface EndpointDialogProps {
  readonly endpoint: Endpoint;
  readonly onClose: () => void;
}

interface ChangeEndpointDialogProps extends EndpointDialogProps {
  readonly queues: readonly Queue[];
  /** With its name as it is now. */
  readonly onDone: (name: string) => void;
}

export function ChangeEndpointDialog({ endpoint, queues, onClose, onDone }: ChangeEndpointDialogProps) {
  const [draft, setDraft] = useState<EndpointDraft>({
    channel: endpoint.channel,
    name: endpoint.name,
    // What is shown of it is not all of it: sent back, it would lose the rest.
    url: "",
    queues: endpoint.queues ?? null,
    types: endpoint.types ?? null,
  });
  const change = async (): Promise<void> => {
    const { name, url } = draft;
    const input = { name, queues: copied(draft.queues), types: copied(draft.types) };
    const { changeEndpoint } = await act(ChangeEndpointDocument, {
      input: { endpointId: endpoint.id, ...input, ...(url.trim() === "" ? {} : { url }) },
    });
    onDone(changeEndpoint.endpoint.name);
  };
  return (
    <DeskDialog title={`Change ${endpoint.name}`} onClose={onClose}>
      <ActForm action="Change" onAct={change} onCancel={onClose}>
        <EndpointFields draft={draft} onChange={setDraft} known={queues} shownUrl={endpoint.url} />
      </ActForm>
    </DeskDialog>
  );
}

interface RotateSecretDialogProps extends EndpointDialogProps {
  readonly onMade: (made: NewSecret) => void;
}

export function RotateSecretDialog({ endpoint, onClose, onMade }: RotateSecretDialogProps) {
  const [overlap, setOverlap] = useState("1440");
  const rotate = async (): Promise<void> => {
    const { rotateEndpointSecret } = await act(RotateEndpointSecretDocument, {
      input: { endpointId: endpoint.id, overlapMinutes: Number(overlap) },
    });
    onMade({ name: endpoint.name, secret: rotateEndpointSecret.secret });
  };
  return (
    <DeskDialog title={`A new secret for ${endpoint.name}?`} onClose={onClose}>
      <ActForm action="Make the new secret" onAct={rotate} onCancel={onClose}>
        <p>
          Messages are signed with the new one at once. For a while they are signed with the old one too, so
          that receivers can change over. Where somebody else knows the old one, let it end soon.
        </p>
        <ChoiceField label="The old secret signs for" value={overlap} onChange={setOverlap}>
          <option value="0">No longer: it ends now</option>
          <option value="60">One more hour</option>
          <option value="1440">One more day</option>
          <option value="10080">One more week</option>
          <option value="43200">30 more days</option>
        </ChoiceField>
      </ActForm>
    </DeskDialog>
  );
}

function copied<Value>(list: readonly Value[] | null): Value[] | null {
  return list === null ? null : [...list];
}
