import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** A mail server that keeps what it takes. */
export interface MailSink {
  /** For SMTP_URL. */
  readonly url: string;
  readonly subjects: readonly string[];
  /** Of the events that mails told of, as their headers say. */
  readonly cursors: ReadonlySet<string>;
  close(): Promise<void>;
}

/** @param unlucky whether it cannot take a mail for the moment */
export async function startMailSink(unlucky: () => boolean): Promise<MailSink> {
  const subjects: string[] = [];
  const cursors = new Set<string>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _session, done) => {
      simpleParser(stream).then((mail) => {
        if (unlucky()) {
          done(Object.assign(new Error("try again later"), { responseCode: 451 }));
          return;
        }
        subjects.push(mail.subject ?? "");
        const cursor = mail.headers.get("x-countersign-cursor");
        if (typeof cursor === "string") cursors.add(cursor);
        done();
      }, done);
    },
  });
  // A client that is killed tears its connections off.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    subjects,
    cursors,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
