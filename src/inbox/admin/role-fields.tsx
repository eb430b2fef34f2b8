import type { Role } from "../api/generated.js";
import { ChecksField } from "../desk/fields.tsx";
import type { Queue } from "./lists.js";
import { QueueFields } from "./queue-fields.tsx";

const HUMAN_ROLES: readonly { readonly value: Role; readonly says: string }[] = [
  { value: "REVIEWER", says: "Reviewer: claims and decides in the queues below" },
  { value: "AUDITOR", says: "Auditor: reads everything" },
  { value: "ADMIN", says: "Admin: manages members and keys" },
  { value: "AGENT", says: "Agent: submits proposals" },
];
/** A machine never signs anything off, and the server gives it no role that could. */
const AGENT_ROLES = HUMAN_ROLES.filter(({ value }) => value === "AGENT" || value === "AUDITOR");

interface RoleFieldsProps {
  readonly kind: "HUMAN" | "AGENT";
  readonly roles: readonly Role[];
  readonly onRoles: (roles: readonly Role[]) => void;
  /** Null for every queue. */
  readonly queues: readonly string[] | null;
  readonly onQueues: (queues: readonly string[] | null) => void;
  readonly known: readonly Queue[];
}

export function RoleFields({ kind, roles, onRoles, queues, onQueues, known }: RoleFieldsProps) {
  return (
    <>
      <ChecksField
        label="Roles"
        options={kind === "AGENT" ? AGENT_ROLES : HUMAN_ROLES}
        value={roles}
        onChange={onRoles}
      />
      {roles.includes("REVIEWER") ? (
        <QueueFields label="Works in" queues={queues} onQueues={onQueues} known={known} />
      ) : null}
    </>
  );
}
