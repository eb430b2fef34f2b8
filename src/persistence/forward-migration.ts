import type { MigrationInterface, QueryRunner } from "typeorm";
import type { Dialect } from "./dialect.js";
import { withMarker } from "./migration-marker.js";
import { dialectOf } from "./migration-tables.js";

/** A migration under its marker, which there is no way back from. */
export abstract class ForwardMigration implements MigrationInterface {
  abstract readonly name: string;

  /** Brings the schema forward. */
  protected abstract change(runner: QueryRunner, dialect: Dialect): Promise<void>;

  async up(runner: QueryRunner): Promise<void> {
    const dialect = dialectOf(runner);
    await withMarker(runner, dialect, this.name, () => this.change(runner, dialect));
  }

  async down(): Promise<void> {
    throw new Error("the record is append-only: restore a backup instead of migrating back");
  }
}
