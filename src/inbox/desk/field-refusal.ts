import { createContext, useContext } from "react";

/** What the server has against one field of a form. */
export interface FieldRefusal {
  /** As the field's `name` has it. */
  readonly field: string;
  readonly says: string;
}

export const FieldRefusalContext = createContext<FieldRefusal | undefined>(undefined);

/** What the server has against the field of this name; undefined where it has nothing. */
export function useFieldRefusal(name: string | undefined): string | undefined {
  const refusal = useContext(FieldRefusalContext);
  return name !== undefined && refusal?.field === name ? refusal.says : undefined;
}

/** The first control of a form that has this name. */
export function controlNamed(form: HTMLFormElement | null, name: string): HTMLElement | undefined {
  const found = form?.elements.namedItem(name);
  const first = found instanceof RadioNodeList ? found.item(0) : found;
  return first instanceof HTMLElement ? first : undefined;
}
