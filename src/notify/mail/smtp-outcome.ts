import type { NodemailerError } from "nodemailer";
import type { Attempt } from "../attempt.js";

/** What is known of a failure: codes alone. What a server writes beside them may repeat the proposal, the address or the password. */
interface Refusal {
  readonly status: number | undefined;
  /** RFC 3463: `5.1.1`. */
  readonly enhanced: string | undefined;
  readonly command: string;
  readonly code: string;
}

/**
 * What a failure means. Nobody's mail is a dead letter for what the operator has to mend (sign-in, sender, relaying, certificates): that is tried
 * again, with a problem that says so. Only what is about this recipient or this message is given up. Problems end on the ledgers of tenants: they do
 * not say which mail server it is.
 */
export function failureOutcome(error: unknown): Attempt {
  const refusal = refusalOf(error);
  const { status } = refusal;
  const said = { ...(status === undefined ? {} : { status }) };
  const dead = (problem: string): Attempt => ({
    outcome: "DEAD",
    problem: problem + coded(refusal),
    ...said,
  });
  const retry = (problem: string): Attempt => ({
    outcome: "RETRY",
    problem: problem + coded(refusal),
    ...said,
  });

  if (isTooLarge(refusal)) return dead("The mail is larger than the mail server takes.");
  if (status === undefined || status < 400 || refusal.code === "ETLS") return unanswered(refusal, error);
  if (refusal.code === "EAUTH" || [530, 534, 535, 538].includes(status))
    return retry("The mail server refuses the user or password of SMTP_URL. The operator has to mend that.");
  if (status < 500) return retry("The mail server asks to try again later.");
  // Out of order, or not understood: about the conversation, not about the mail.
  if ([500, 501, 502, 503, 504].includes(status) && refusal.command !== "RCPT TO")
    return retry("The mail server did not follow.");
  if (refusal.command === "MAIL FROM")
    return retry("The mail server refuses the sender, MAIL_FROM. The operator has to mend that.");
  if (isPolicy(refusal))
    return retry(
      "The mail server refuses to pass it on, by its policy (relaying, SPF, DKIM or DMARC). The operator has to mend that.",
    );
  if (refusal.command === "RCPT TO") return dead("The mail server does not take mail for this recipient.");
  if (refusal.command === "DATA") return dead("The mail server does not take this mail.");
  return retry("The mail server refuses to work.");
}

function refusalOf(error: unknown): Refusal {
  const { responseCode, response, command, code } = (error ?? {}) as Partial<NodemailerError>;
  const status = typeof responseCode === "number" ? responseCode : undefined;
  return {
    status,
    enhanced: /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(typeof response === "string" ? response : "")?.[1],
    command: typeof command === "string" ? command : "",
    code: typeof code === "string" ? code : "",
  };
}

function coded({ status, enhanced }: Refusal): string {
  const codes = [status, enhanced].filter((one) => one !== undefined);
  return codes.length === 0 ? "" : ` (${codes.join(" ")})`;
}

/** 552 is a full mailbox as well: neither is mended by trying again. The client refuses by itself what is beyond the announced SIZE. */
function isTooLarge({ status, enhanced, code, command }: Refusal): boolean {
  if (status === undefined) return code === "EMESSAGE" && command === "MAIL FROM";
  return status >= 500 && (enhanced === "5.3.4" || (status === 552 && enhanced !== "5.2.2"));
}

/** X.7.X: security or policy (RFC 3463, 3.8), which is about who sends rather than about who is to get it. */
function isPolicy({ enhanced }: Refusal): boolean {
  return enhanced?.startsWith("5.7.") === true;
}

/** Nothing was answered, or nothing that is an answer. */
function unanswered({ code }: Refusal, error: unknown): Attempt {
  const system = (error as { originalCode?: unknown } | null)?.originalCode;
  const why = typeof system === "string" && /^[A-Z0-9_]{1,60}$/.test(system) ? ` (${system})` : "";
  const retry = (problem: string): Attempt => ({ outcome: "RETRY", problem: problem + why });
  switch (code) {
    case "EAUTH":
    case "ENOAUTH":
      return retry(
        "The mail server lets nobody sign in as SMTP_URL wants it. The operator has to mend that.",
      );
    case "EABORT":
      return retry("Sending was stopped before the mail server had answered.");
    case "ETIMEDOUT":
      return retry("The mail server does not answer in time.");
    case "EDNS":
      return retry("There is no address for the mail server.");
    case "ETLS":
      return retry(
        "There is no safe connection to the mail server: TLS failed. The operator has to look at its certificate.",
      );
    case "EENVELOPE":
      return { outcome: "DEAD", problem: "Mail cannot be sent to an address of this form." };
    case "ECONNECTION":
    case "ESOCKET":
      return retry(
        /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/.test(why)
          ? "There is no safe connection to the mail server: its certificate is not trusted."
          : "There is no connection to the mail server, or it was lost.",
      );
    default:
      return retry(`The mail could not be sent${/^[A-Z]{3,20}$/.test(code) ? ` (${code})` : ""}.`);
  }
}
