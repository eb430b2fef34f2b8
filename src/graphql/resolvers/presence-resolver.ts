import { Arg, ID, Resolver, Root, Subscription } from "type-graphql";
import { requireDesk } from "../../domain/refusals.js";
import type { SeenViewers } from "../../presence/presence.js";
import { actorOf, forgetReads, type RequestContext } from "../request-context.js";
import { TicketViewers } from "../types/ticket-viewers.js";
import { ticketOrRefusal } from "./ticket-or-refusal.js";

/** What `subscribe` is called with. */
interface Subscribing {
  readonly args: { readonly ticketId: string };
  readonly context: RequestContext;
}

/** Who looks at what, right now. */
@Resolver()
export class PresenceResolver {
  @Subscription(() => TicketViewers, {
    description:
      "Who has the ticket open right now. Whoever is subscribed has it open: the first message comes at once, with the " +
      "viewer in it, and another one whenever the answer changes. For humans who review or oversee the ticket; agents are " +
      "refused (FORBIDDEN). It is on nobody's record and has no cursor: after a break, subscribe again.",
    subscribe: async ({ args: { ticketId }, context }: Subscribing) => {
      const actor = actorOf(context);
      requireDesk(actor, (await ticketOrRefusal(context, ticketId)).state);
      // A subscription lives long, and needs none of it again.
      forgetReads(context);
      return context.services.presence.watch({ actor, ticketId });
    },
  })
  ticketViewers(@Root() seen: SeenViewers, @Arg("ticketId", () => ID) _ticketId: string): TicketViewers {
    return seen;
  }
}
