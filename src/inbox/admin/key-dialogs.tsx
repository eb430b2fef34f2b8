import { useState } from "react";
import { CreateApiKeyDocument, RevokeApiKeyDocument, RotateApiKeyDocument } from "../api/generated.js";
import { ActForm } from "../desk/act-form.tsx";
import { act } from "../desk/desk-client.js";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { ChoiceField, TextField } from "../desk/fields.tsx";
import type { ApiKey, Member } from "./lists.js";

/** A key that was made just now. */
export interface NewKey {
  readonly label: string;
  readonly key: string;
}

const ONESELF = "oneself";
const NEW_AGENT = "new-agent";
const DAY_MS = 86_400_000;

/** How long a new key may last, days; an agent's may have no end. */
const LASTS = [30, 90, 365] as const;

interface CreateKeyDialogProps {
  /** Whom keys can be made for but oneself, and who may stand behind them; empty for who is no admin. */
  readonly members: readonly Member[];
  readonly forOthers: boolean;
  readonly onClose: () => void;
  readonly onMade: (made: NewKey) => void;
}

export function CreateKeyDialog({ members, forOthers, onClose, onMade }: CreateKeyDialogProps) {
  const [whose, setWhose] = useState(ONESELF);
  const [agentName, setAgentName] = useState("");
  const [label, setLabel] = useState("");
  const [behind, setBehind] = useState("");
  const [days, setDays] = useState("90");
  const ofAgent = whose !== ONESELF;
  const make = async (): Promise<void> => {
    const { createApiKey } = await act(CreateApiKeyDocument, {
      input: {
        ...(label === "" ? {} : { label }),
        ...(whose === NEW_AGENT ? { agentName } : ofAgent ? { principalId: whose } : {}),
        ...(ofAgent && behind !== "" ? { onBehalfOf: behind } : {}),
        ...expiry(days),
      },
    });
    onMade({ label: createApiKey.apiKey.label, key: createApiKey.key });
  };
  return (
    <DeskDialog title="Make a key" onClose={onClose}>
      <ActForm action="Make the key" onAct={make} onCancel={onClose}>
        {forOthers ? (
          <ChoiceField label="For" value={whose} onChange={setWhose}>
            <option value={ONESELF}>Myself</option>
            <option value={NEW_AGENT}>A new agent</option>
            {ofKind(members, "AGENT").map(({ id, name }) => (
              <option key={id} value={id}>
                The agent {name}
              </option>
            ))}
          </ChoiceField>
        ) : (
          <p className="desk-hint">For programs that act as you, with your roles. Give it to nobody.</p>
        )}
        {whose === NEW_AGENT ? (
          <TextField label="Name of the agent" value={agentName} onChange={setAgentName} required />
        ) : null}
        <TextField
          label="What it is for"
          value={label}
          onChange={setLabel}
          hint="Helps to tell it from others"
        />
        {ofAgent ? (
          <ChoiceField
            label="Used by"
            value={behind}
            onChange={setBehind}
            hint="Whoever uses the agent with this key cannot review what it submits"
          >
            <option value="">Nobody in particular</option>
            {ofKind(members, "HUMAN").map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </ChoiceField>
        ) : null}
        <LastsField value={days} onChange={setDays} endless={ofAgent} />
      </ActForm>
    </DeskDialog>
  );
}

interface KeyDialogProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
}

export function RotateKeyDialog({
  apiKey,
  onClose,
  onMade,
}: KeyDialogProps & Pick<CreateKeyDialogProps, "onMade">) {
  const [overlap, setOverlap] = useState("1440");
  const [days, setDays] = useState("90");
  const rotate = async (): Promise<void> => {
    const { rotateApiKey } = await act(RotateApiKeyDocument, {
      input: { keyId: apiKey.id, overlapMinutes: Number(overlap), ...expiry(days) },
    });
    onMade({ label: rotateApiKey.apiKey.label, key: rotateApiKey.key });
  };
  return (
    <DeskDialog title={`Replace the key “${apiKey.label}”?`} onClose={onClose}>
      <ActForm action="Make the new key" onAct={rotate} onCancel={onClose}>
        <p>
          {apiKey.principal.name} gets a new key. The old one goes on working for a while, so that nothing
          stops.
        </p>
        <ChoiceField label="The old key works for" value={overlap} onChange={setOverlap}>
          <option value="0">No longer: it ends now</option>
          <option value="60">One more hour</option>
          <option value="1440">One more day</option>
          <option value="10080">One more week</option>
          <option value="43200">30 more days</option>
        </ChoiceField>
        <LastsField value={days} onChange={setDays} endless={apiKey.principal.kind === "AGENT"} />
      </ActForm>
    </DeskDialog>
  );
}

export function RevokeKeyDialog({
  apiKey,
  onClose,
  onDone,
}: KeyDialogProps & { readonly onDone: () => void }) {
  const revoke = async (): Promise<void> => {
    await act(RevokeApiKeyDocument, { input: { keyId: apiKey.id } });
    onDone();
  };
  return (
    <DeskDialog title={`Revoke the key “${apiKey.label}”?`} onClose={onClose}>
      <ActForm action="Revoke it" danger onAct={revoke} onCancel={onClose}>
        <p>
          Whatever works with it stops within five seconds, and it never works again. Other keys of{" "}
          {apiKey.principal.name} stay.
        </p>
      </ActForm>
    </DeskDialog>
  );
}

interface LastsFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly endless: boolean;
}

function LastsField({ value, onChange, endless }: LastsFieldProps) {
  return (
    <ChoiceField label="It lasts for" value={!endless && value === "" ? "90" : value} onChange={onChange}>
      {LASTS.map((days) => (
        <option key={days} value={days}>
          {days === 365 ? "A year" : `${days} days`}
        </option>
      ))}
      {endless ? <option value="">As long as nobody revokes it</option> : null}
    </ChoiceField>
  );
}

function expiry(days: string): { readonly expiresAt?: string } {
  if (days === "") return {};
  // A minute less than the longest that the server allows: its clock is not this one.
  return { expiresAt: new Date(Date.now() + Number(days) * DAY_MS - 60_000).toISOString() };
}

function ofKind(members: readonly Member[], kind: Member["kind"]): readonly Member[] {
  return members.filter((member) => member.kind === kind);
}
