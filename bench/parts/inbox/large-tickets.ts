import { HttpConnection } from "../../children/http-connection.js";
import type { Desk } from "../../harness/desk.js";
import { RESUBMIT, SUBMIT } from "../../harness/operations.js";

const PAYLOAD_BYTES = 256 * 1024;
const DETAIL_CHARACTERS = 100_000;

/** Tickets as large as the server takes them, by what is large about them. */
export async function submitLargeTickets({
  server,
  filled,
}: Desk): Promise<Readonly<Record<string, string>>> {
  const connection = await HttpConnection.open(server.url, "/graphql");
  const key = filled.agentKeys[0] ?? "";
  const submit = async (title: string, proposal: object): Promise<string> => {
    const input = { title, ...proposal };
    const answer = await connection.post(JSON.stringify({ query: SUBMIT, variables: { input } }), key);
    return /"id":"(\w+)"/.exec(answer)?.[1] ?? "";
  };
  const text = markdown();
  const revised = text.replaceAll("is checked again", "is checked twice");
  try {
    const tickets = {
      "256 KB payload, records": await submit("A payload of records", { payload: records("old") }),
      "256 KB payload, one list": await submit("A payload of one list", { payload: numbers() }),
      "100 KB Markdown": await submit("A long text", { detail: text }),
      "both, with an earlier revision": await submit("Two long revisions", {
        detail: text,
        payload: records("old"),
      }),
    };
    const ticketId = tickets["both, with an earlier revision"];
    const input = { ticketId, title: "Two long revisions", detail: revised, payload: records("new") };
    await connection.post(JSON.stringify({ query: RESUBMIT, variables: { input } }), key);
    return tickets;
  } finally {
    connection.close();
  }
}

/** As an agent's bulk change looks: many records, every tenth of which differs by its state. */
function records(state: string): object {
  const made: object[] = [];
  for (let size = 20; ; ) {
    const record = {
      account: `acct-${made.length.toString().padStart(6, "0")}`,
      limit: { from: 1_000 + made.length, to: 1_500 + made.length, currency: "EUR" },
      reasons: ["payment history", "income verified"],
      state: made.length % 10 === 0 ? state : "same",
    };
    size += JSON.stringify(record).length + 1;
    if (size > PAYLOAD_BYTES) return { records: made };
    made.push(record);
  }
}

function numbers(): object {
  return { list: Array.from({ length: PAYLOAD_BYTES / 2 - 10 }, (_, index) => index % 10) };
}

/** What a careful agent writes: headings, paragraphs with emphasis, lists, tables, code. */
function markdown(): string {
  let text = "";
  for (let section = 1; ; section += 1) {
    const next =
      `## Section ${section}\n\nThe **maximum term** of group ${section} is checked again, see \`rule-${section}\` and ` +
      `[the policy](https://example.org/policy/${section}). It covers *small businesses* and their owners.\n\n` +
      `- from ${section} years\n- to ${section + 2} years\n  - with a guarantee\n\n` +
      `| case | before | after |\n| --- | --: | --: |\n| ${section}-a | 5 | 7 |\n| ${section}-b | 6 | 8 |\n\n` +
      `\`\`\`json\n{ "group": ${section}, "years": 7 }\n\`\`\`\n\n`;
    if (text.length + next.length > DETAIL_CHARACTERS) return text;
    text += next;
  }
}
