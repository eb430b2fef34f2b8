import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { BusyButton } from "./busy-button.tsx";
import { Refusal, wordsOf } from "./desk-client.js";
import { controlNamed, type FieldRefusal, FieldRefusalContext } from "./field-refusal.js";

interface ActFormProps {
  /** What the button says. */
  readonly action: string;
  readonly danger?: boolean;
  /** Does it; whatever it throws is shown, and the form stays as it is. */
  readonly onAct: () => Promise<void>;
  readonly onCancel: () => void;
  /** What leaves it says; `Cancel` unless told. */
  readonly leave?: string;
  readonly children: ReactNode;
}

/** A form in a dialog that does one thing. What is refused about a field that it has is shown there. */
export function ActForm({
  action,
  danger = false,
  onAct,
  onCancel,
  leave = "Cancel",
  children,
}: ActFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [refusal, setRefusal] = useState("");
  const [ofField, setOfField] = useState<FieldRefusal>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (ofField !== undefined) controlNamed(form.current, ofField.field)?.focus();
  }, [ofField]);
  const submit = async (): Promise<void> => {
    setRefusal("");
    setOfField(undefined);
    setBusy(true);
    try {
      await onAct();
    } catch (error) {
      const field = error instanceof Refusal ? error.field : undefined;
      if (field !== undefined && controlNamed(form.current, field) !== undefined)
        setOfField({ field, says: wordsOf(error) });
      else setRefusal(wordsOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      className="desk-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void submit();
      }}
    >
      <FieldRefusalContext value={ofField}>{children}</FieldRefusalContext>
      <p role="alert" className="desk-refusal">
        {refusal}
      </p>
      <div className="desk-actions">
        <Button className="desk-button" onPress={onCancel}>
          {leave}
        </Button>
        <BusyButton says={action} busy={busy} look={danger ? "danger" : "main"} />
      </div>
    </form>
  );
}
