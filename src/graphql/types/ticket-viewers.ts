import { Field, ID, Int, ObjectType } from "type-graphql";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { Principal } from "./principal.js";

/** Somebody who has a ticket open. */
@ObjectType({ simpleResolvers: true, description: "Somebody who has a ticket open." })
export class TicketViewer {
  @Field(() => Principal)
  readonly principal!: Principal;

  @Field(() => GraphQLDateTime, { description: "Since when, without having left it." })
  readonly since!: number;
}

/** Who has a ticket open right now. */
@ObjectType({ simpleResolvers: true, description: "Who has a ticket open right now." })
export class TicketViewers {
  @Field(() => ID)
  readonly ticketId!: string;

  @Field(() => [TicketViewer], {
    description:
      "Each person once, however many windows they have on it; who came first before the others. At most the first 100.",
  })
  readonly viewers!: readonly TicketViewer[];

  @Field(() => Int, { description: "How many there are, those included that are not listed." })
  readonly count!: number;
}
