// Migrates each database whose URL it is sent, and answers with what it ran, or why it could not.
import { migrateDatabase } from "../../../dist/server/migrate-database.js";

process.on("message", async (url) => {
  const answer = await migrateDatabase({ DATABASE_URL: url }).then(
    (ran) => ({ ran }),
    (error) => ({ error: `${error.stack}\n${error.cause?.stack ?? ""}` }),
  );
  process.send(answer);
});
process.send("ready");
