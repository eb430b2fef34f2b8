import { useState } from "react";
import { ChangeQueueDocument, CreateQueueDocument } from "../api/generated.js";
import { ActForm } from "../desk/act-form.tsx";
import { act } from "../desk/desk-client.js";
import { DeskDialog } from "../desk/desk-dialog.tsx";
import { TextField } from "../desk/fields.tsx";
import type { Queue } from "./lists.js";

interface DialogProps {
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function CreateQueueDialog({ onClose, onDone }: DialogProps) {
  const [name, setName] = useState("");
  const [approvals, setApprovals] = useState("1");
  const create = async (): Promise<void> => {
    await act(CreateQueueDocument, { input: { name, minimumApprovals: Number(approvals) } });
    onDone();
  };
  return (
    <DeskDialog title="Make a queue" onClose={onClose}>
      <ActForm action="Make the queue" onAct={create} onCancel={onClose}>
        <TextField
          label="Name"
          value={name}
          onChange={setName}
          hint="As agents name it when they submit. It cannot be renamed or removed."
          required
        />
        <ApprovalsField value={approvals} onChange={setApprovals} />
      </ActForm>
    </DeskDialog>
  );
}

export function ChangeQueueDialog({ queue, onClose, onDone }: DialogProps & { readonly queue: Queue }) {
  const [approvals, setApprovals] = useState(String(queue.minimumApprovals));
  const change = async (): Promise<void> => {
    await act(ChangeQueueDocument, { input: { name: queue.name, minimumApprovals: Number(approvals) } });
    onDone();
  };
  return (
    <DeskDialog title={`Change the queue ${queue.name}`} onClose={onClose}>
      <ActForm action="Change" onAct={change} onCancel={onClose}>
        <ApprovalsField value={approvals} onChange={setApprovals} />
        <p className="desk-hint">
          It counts for what is submitted from now on. Tickets that wait already need as many as they did.
        </p>
      </ActForm>
    </DeskDialog>
  );
}

interface ApprovalsFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function ApprovalsField({ value, onChange }: ApprovalsFieldProps) {
  return (
    <TextField
      label="Approvals at least"
      type="number"
      value={value}
      onChange={onChange}
      hint="By different people, before a ticket is approved"
      required
    />
  );
}
