import { EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaIndexOptions } from "typeorm";

/** Columns by name. */
type Columns = Record<string, EntitySchemaColumnOptions>;

/** A TypeID, or another short identifier. */
export const id = (extra: Partial<EntitySchemaColumnOptions> = {}): EntitySchemaColumnOptions => ({
  type: "varchar",
  length: 64,
  ...extra,
});
/** A text of at most so many characters. */
export const text = (
  length: number,
  extra: Partial<EntitySchemaColumnOptions> = {},
): EntitySchemaColumnOptions => ({
  type: "varchar",
  length,
  ...extra,
});
/** An instant in milliseconds since the epoch, or a position in a ledger. */
export const big = (extra: Partial<EntitySchemaColumnOptions> = {}): EntitySchemaColumnOptions => ({
  type: "bigint",
  ...extra,
});
/** Part of the key. */
export const primary = { primary: true } as const;
/** May be null. */
export const nullable = { nullable: true } as const;

/** One table. */
export function table(
  name: string,
  columns: Columns,
  indices: EntitySchemaIndexOptions[] = [],
): EntitySchema {
  return new EntitySchema({ name, tableName: name, columns, indices });
}

/** An index that allows doubles. */
export function index(name: string, ...columns: string[]): EntitySchemaIndexOptions {
  return { name, columns };
}

/** Makes a column of a type. */
type MakeColumn = (extra?: Partial<EntitySchemaColumnOptions>) => EntitySchemaColumnOptions;

/** Columns whose type has another name on each database. */
export interface DialectTypes {
  readonly longText: MakeColumn;
  readonly int: MakeColumn;
}
