import { ChecksField } from "../desk/fields.tsx";
import type { Queue } from "./lists.js";

interface QueueFieldsProps {
  readonly label: string;
  /** Null for every queue. */
  readonly queues: readonly string[] | null;
  readonly onQueues: (queues: readonly string[] | null) => void;
  readonly known: readonly Queue[];
}

/** Every queue, or some. */
export function QueueFields({ label, queues, onQueues, known }: QueueFieldsProps) {
  return (
    <>
      <ChecksField
        label={label}
        options={[{ value: "every", says: "Every queue, also those to come" }]}
        value={queues === null ? ["every"] : []}
        onChange={(value) => onQueues(value.length > 0 ? null : [])}
      />
      {queues === null ? null : (
        <ChecksField
          label="Queues"
          name="queues"
          options={known.map(({ name }) => ({ value: name, says: name }))}
          value={queues}
          onChange={onQueues}
        />
      )}
    </>
  );
}
