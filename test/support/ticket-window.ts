import { LiveClient } from "./live-client.js";
import { until } from "./until.js";

/** What one message of ticketViewers says. */
export interface SeenViewers {
  readonly ticketId: string;
  readonly count: number;
  readonly viewers: readonly {
    readonly since: string;
    readonly principal: { readonly id: string; readonly name: string };
  }[];
}

export const TICKET_VIEWERS =
  "subscription ($ticketId: ID!) { ticketViewers(ticketId: $ticketId) { ticketId count viewers { since principal { id name } } } }";

/** A ticket that somebody has open over a socket of their own. */
export class TicketWindow {
  private constructor(
    readonly client: LiveClient,
    readonly id: string,
  ) {}

  /** Opens a ticket with a key; what the server says of it comes later. */
  static async open(url: string, key: string, ticketId: unknown): Promise<TicketWindow> {
    return TicketWindow.on(await LiveClient.connect(url, key), ticketId);
  }

  /** Opens a ticket on a socket that is there. */
  static on(client: LiveClient, ticketId: unknown): TicketWindow {
    return new TicketWindow(client, client.subscribe(TICKET_VIEWERS, { ticketId }));
  }

  get messages(): SeenViewers[] {
    return this.client
      .delivered<{ ticketViewers: SeenViewers }>(this.id)
      .flatMap(({ data }) => (data === undefined ? [] : [data.ticketViewers]));
  }

  /** The names in the latest message; undefined before there is one. */
  get names(): string[] | undefined {
    return this.messages.at(-1)?.viewers.map(({ principal }) => principal.name);
  }

  /** Waits until the latest message has those names, in any order. */
  async shows(...names: string[]): Promise<SeenViewers> {
    const wanted = JSON.stringify([...names].sort());
    return until(
      () => {
        const latest = this.messages.at(-1);
        return JSON.stringify([...(this.names ?? ["-"])].sort()) === wanted ? latest : undefined;
      },
      { what: `${wanted} as viewers`, timeoutMs: 30_000 },
    );
  }

  /** The code of what the subscription was refused with. */
  async refusal(): Promise<string | undefined> {
    const { payload } = await this.client.ending(this.id);
    const [delivered] = this.client.delivered(this.id);
    const errors = delivered?.errors ?? (payload as { extensions: { code: string } }[] | undefined);
    return errors?.[0]?.extensions.code;
  }

  /** Ends the subscription, and leaves the socket open. */
  leave(): void {
    this.client.send({ id: this.id, type: "complete" });
  }

  /** Cuts the connection. */
  cut(): void {
    this.client.close();
  }
}
