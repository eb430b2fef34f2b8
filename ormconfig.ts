import { DataSource } from "typeorm";
import { dataSourceOptions } from "./src/persistence/data-source.js";
import { readSettings } from "./src/server/settings.js";

/**
 * The server's data source for TypeORM's own command line:
 * `npx tsx node_modules/typeorm/cli.js -d ormconfig.ts migration:show`.
 */
export default new DataSource(dataSourceOptions(readSettings(process.env).database));
