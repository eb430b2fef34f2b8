import { Field, Int, ObjectType } from "type-graphql";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { Principal } from "./principal.js";

/** A remark on a ticket that decides nothing. */
@ObjectType({ simpleResolvers: true, description: "A remark on a ticket that decides nothing." })
export class TicketComment {
  @Field(() => Principal)
  readonly author!: Principal;

  @Field(() => Int, { description: "The revision that was current when it was made." })
  readonly revision!: number;

  @Field(() => String)
  readonly body!: string;

  @Field(() => GraphQLDateTime)
  readonly at!: number;
}
