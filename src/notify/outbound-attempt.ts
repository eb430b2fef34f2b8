import type { Attempt } from "./attempt.js";
import type { OutboundAnswer } from "./outbound-exchange.js";
import { OutboundFault } from "./outbound-fault.js";
import type { OutboundHttp, OutboundRequest } from "./outbound-http.js";
import { MAX_RETRY_AFTER_MS } from "./retry-schedule.js";

/** By what every request to a URL that users give says who sends it. */
export const USER_AGENT = "Countersign-Webhooks/1";

/** Sends a request and says what became of it. @param judge what an answer means, where it is not what it usually means */
export async function attempt(
  http: OutboundHttp,
  request: OutboundRequest,
  judge: (answer: OutboundAnswer) => Attempt | null = () => null,
): Promise<Attempt> {
  try {
    const answer = await http.post(request);
    return judge(answer) ?? usualMeaning(answer);
  } catch (error) {
    if (!(error instanceof OutboundFault)) throw error;
    return afterFault(error);
  }
}

/** What a status means to the specification of Standard Webhooks ("Delivery success and failure"). */
function usualMeaning({ status, retryAfter }: OutboundAnswer): Attempt {
  if (status >= 200 && status < 300) return { outcome: "DELIVERED", status };
  if (status === 410)
    return { outcome: "GONE", status, problem: "it answered 410: it wants nothing any more" };
  if (status >= 300 && status < 400)
    return { outcome: "RETRY", status, problem: `it answered ${status}, and redirects are not followed` };
  const problem = `it answered ${status}`;
  const retryAfterMs = retryAfter === null ? null : readRetryAfter(retryAfter);
  return { outcome: "RETRY", status, problem, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
}

/**
 * What a URL shows by itself stays as it is, however often one tries: a dead letter, for which there is a replay once the operator
 * has allowed it. Where a name leads may be another place in an hour: a name server that is not set up yet, or that has
 * two faces.
 */
function afterFault({ kind, message }: OutboundFault): Attempt {
  return { outcome: kind === "URL" ? "DEAD" : "RETRY", problem: message.slice(0, 500) };
}

/** Seconds, or a date in the one form that is still written (RFC 9110, 5.6.7 and 10.2.3); null for anything else. */
export function readRetryAfter(text: string, now: number = Date.now()): number | null {
  const value = text.trim();
  if (/^\d{1,20}$/.test(value)) return Math.min(Number(value) * 1_000, MAX_RETRY_AFTER_MS);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value))
    return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now, 0), MAX_RETRY_AFTER_MS);
}
