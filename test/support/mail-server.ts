import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A mail as it came in. */
export interface ReceivedMail {
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly from: string;
  readonly to: readonly string[];
  readonly wasSafe: boolean;
}

/** A real mail server on a loopback address. Close it. */
export interface MailServer {
  readonly port: number;
  readonly received: ReceivedMail[];
  /** What it answers instead of taking the mail, from now on; null takes it. */
  answer: { at: "MAIL" | "RCPT" | "DATA"; code: number; text: string } | null;
  /** Connections that were made, and the most that were open at a time. */
  readonly connections: { made: number; open: number; most: number };
  /** Ends every connection, as servers do with idle ones. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Starts one that takes every mail, unless told otherwise. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const connections = { made: 0, open: 0, most: 0 };
  const refusal = (at: string): Error | null => {
    const { answer } = mail;
    return answer?.at === at ? Object.assign(new Error(answer.text), { responseCode: answer.code }) : null;
  };
  const server = new SMTPServer({
    authOptional: true,
    // Clients keep their connections open for a while.
    closeTimeout: 50,
    disableReverseLookup: true,
    disabledCommands: options.secure === true || options.key !== undefined ? [] : ["STARTTLS"],
    onConnect: (_, callback) => {
      connections.made += 1;
      connections.open += 1;
      connections.most = Math.max(connections.most, connections.open);
      callback();
    },
    onClose: (_, callback) => {
      connections.open -= 1;
      callback();
    },
    onMailFrom: (_, __, callback) => callback(refusal("MAIL")),
    onRcptTo: (_, __, callback) => callback(refusal("RCPT")),
    onData: (stream, session, callback) => {
      const take = async (): Promise<void> => {
        const raw = await buffer(stream);
        const tooLarge = Object.assign(new Error("5.3.4 Too large"), { responseCode: 552 });
        const problem = stream.sizeExceeded ? tooLarge : refusal("DATA");
        if (problem !== null) return callback(problem);
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          raw: raw.toString("latin1"),
          parsed: await simpleParser(raw),
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          wasSafe: session.secure,
        });
        callback();
      };
      take().catch(callback);
    },
    ...options,
  });
  // Clients that leave in the middle are what some tests are about.
  server.on("error", () => undefined);
  const listener = server.listen(port, "127.0.0.1");
  await once(listener, "listening");
  const mail: MailServer = {
    port: (listener.address() as AddressInfo).port,
    received,
    answer: null,
    connections,
    hangUp: () => {
      for (const connection of server.connections as Set<{ close(): void }>) connection.close();
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return mail;
}
