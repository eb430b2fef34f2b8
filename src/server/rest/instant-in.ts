import { badInput } from "../../domain/domain-error.js";
import { GraphQLDateTime } from "../../graphql/scalars/date-time.js";

/**
 * An instant of an input, read exactly as GraphQL reads it.
 * @throws DomainError BAD_USER_INPUT naming the field
 */
export function instantIn(value: string | null | undefined, field: string): Date | null {
  if (value === null || value === undefined) return null;
  try {
    return GraphQLDateTime.parseValue(value);
  } catch {
    throw badInput(
      field,
      `${field} must be an ISO 8601 instant with a zone, for instance 2026-11-23T05:00:00Z or 2026-11-23T06:00:00.000+01:00.`,
    );
  }
}
