import type { EndpointChannel } from "../api/generated.js";
import { nameOfType } from "../audit/event-types.js";
import type { DeadLetter, Endpoint } from "./lists.js";

/** What an endpoint is. */
export const CHANNEL_WORDS: Readonly<Record<EndpointChannel, string>> = { WEBHOOK: "webhook", SLACK: "chat" };

/** What each is told of where no events are chosen. */
export const USUAL_WORDS: Readonly<Record<EndpointChannel, string>> = {
  WEBHOOK: "Everything about the work on tickets",
  SLACK: "What comes in, and how it is settled",
};

/** Of which events an endpoint is told, and of which queues. */
export function toldWords({ channel, queues, types }: Endpoint): string {
  const what =
    types === null || types === undefined
      ? USUAL_WORDS[channel].toLowerCase()
      : types.map((type) => nameOfType(type).toLowerCase()).join(", ");
  return `${what}; ${queues === null || queues === undefined ? "every queue" : queues.join(", ")}`;
}

export function deadLettersWords(count: number): string {
  return count === 1 ? "1 dead letter" : `${count} dead letters`;
}

/** Which event a dead letter tells of. */
export function toldOfWords({ eventSequence, reason }: DeadLetter): string {
  const event = `event ${eventSequence}`;
  if (reason === "REMINDER") return `reminder about ${event}`;
  return reason === "ESCALATION" ? `${event}, which is late` : event;
}

export function attemptsWords(attempts: number): string {
  if (attempts === 0) return "never tried";
  return attempts === 1 ? "tried once" : `tried ${attempts} times`;
}

/** How the other side took a test. */
export function testWords(result: {
  readonly delivered: boolean;
  readonly httpStatus?: number | null;
  readonly problem?: string | null;
  readonly milliseconds: number;
}): string {
  const { delivered, httpStatus, problem, milliseconds } = result;
  const answer = typeof httpStatus === "number" ? `it answered ${httpStatus}` : "it took it";
  return delivered
    ? `Delivered: ${answer}, after ${milliseconds} ms.`
    : `Not delivered: ${problem ?? answer}, after ${milliseconds} ms.`;
}

/** The words as a line begins. */
export function asBeginning(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
