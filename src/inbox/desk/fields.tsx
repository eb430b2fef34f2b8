import { type ReactNode, useId } from "react";
import { useFieldRefusal } from "./field-refusal.js";

interface TextFieldProps {
  readonly label: string;
  /** What the API calls it, so that what it has against it is shown here. */
  readonly name?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly type?: "text" | "email" | "number" | "time";
  readonly required?: boolean;
}

export function TextField({
  label,
  name,
  value,
  onChange,
  hint,
  type = "text",
  required = false,
}: TextFieldProps) {
  const id = useId();
  const refusal = useFieldRefusal(name);
  return (
    <div className="desk-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        value={value}
        required={required}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={refusal === undefined ? undefined : true}
        aria-describedby={describedBy(id, refusal, hint)}
        onChange={(event) => onChange(event.target.value)}
      />
      <RefusalOf id={id} says={refusal} />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="desk-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChoiceFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  /** `option` and `optgroup` elements. */
  readonly children: ReactNode;
}

export function ChoiceField({ label, value, onChange, hint, children }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div className="desk-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      >
        {children}
      </select>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="desk-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChecksFieldProps<Value extends string> {
  readonly label: string;
  /** As of a {@link TextField}. */
  readonly name?: string;
  readonly options: readonly { readonly value: Value; readonly says: string }[];
  readonly value: readonly Value[];
  readonly onChange: (value: readonly Value[]) => void;
}

export function ChecksField<Value extends string>({
  label,
  name,
  options,
  value,
  onChange,
}: ChecksFieldProps<Value>) {
  const id = useId();
  const refusal = useFieldRefusal(name);
  const toggle = (one: Value, on: boolean): void => {
    onChange(on ? [...value, one] : value.filter((other) => other !== one));
  };
  return (
    <fieldset className="desk-checks" aria-describedby={describedBy(id, refusal, undefined)}>
      <legend>{label}</legend>
      <RefusalOf id={id} says={refusal} />
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="checkbox"
            name={name}
            checked={value.includes(option.value)}
            onChange={(event) => toggle(option.value, event.target.checked)}
          />
          {option.says}
        </label>
      ))}
    </fieldset>
  );
}

/** What the server has against a field. It is heard also by whose focus is there already. */
function RefusalOf({ id, says }: { readonly id: string; readonly says: string | undefined }) {
  return (
    <p id={`${id}-refusal`} role="alert" className="desk-refusal">
      {says}
    </p>
  );
}

function describedBy(id: string, refusal: string | undefined, hint: string | undefined): string | undefined {
  const parts = [
    ...(refusal === undefined ? [] : [`${id}-refusal`]),
    ...(hint === undefined ? [] : [`${id}-hint`]),
  ];
  return parts.length === 0 ? undefined : parts.join(" ");
}
