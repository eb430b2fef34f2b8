import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { BusyButton } from "./busy-button.tsx";
import { wordsOf } from "./desk-client.js";

interface ActFormProps {
  /** What the button says. */
  readonly action: string;
  readonly danger?: boolean;
  /** Does it; whatever it throws is shown, and the form stays as it is. */
  readonly onAct: () => Promise<void>;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** A form in a dialog that does one thing. */
export function ActForm({ action, danger = false, onAct, onCancel, children }: ActFormProps) {
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setRefusal("");
    setBusy(true);
    try {
      await onAct();
    } catch (error) {
      setRefusal(wordsOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="desk-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void submit();
      }}
    >
      {children}
      <p role="alert" className="desk-refusal">
        {refusal}
      </p>
      <div className="desk-actions">
        <Button className="desk-button" onPress={onCancel}>
          Cancel
        </Button>
        <BusyButton says={action} busy={busy} look={danger ? "danger" : "main"} />
      </div>
    </form>
  );
}
