import { type ReactNode, useId } from "react";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly type?: "text" | "email" | "number" | "time";
  readonly required?: boolean;
}

export function TextField({ label, value, onChange, hint, type = "text", required = false }: TextFieldProps) {
  const id = useId();
  return (
    <div className="desk-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={value}
        required={required}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
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
  readonly options: readonly { readonly value: Value; readonly says: string }[];
  readonly value: readonly Value[];
  readonly onChange: (value: readonly Value[]) => void;
}

export function ChecksField<Value extends string>({
  label,
  options,
  value,
  onChange,
}: ChecksFieldProps<Value>) {
  const toggle = (one: Value, on: boolean): void => {
    onChange(on ? [...value, one] : value.filter((other) => other !== one));
  };
  return (
    <fieldset className="desk-checks">
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="checkbox"
            checked={value.includes(option.value)}
            onChange={(event) => toggle(option.value, event.target.checked)}
          />
          {option.says}
        </label>
      ))}
    </fieldset>
  );
}
