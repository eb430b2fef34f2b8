import { Field, ObjectType } from "type-graphql";
import { PageInfo } from "./page-info.js";
import { ReviewTicket } from "./review-ticket.js";

/** A ticket in a page. */
@ObjectType({ simpleResolvers: true, description: "A ticket in a page." })
export class ReviewTicketEdge {
  @Field(() => String)
  readonly cursor!: string;

  @Field(() => ReviewTicket)
  readonly node!: ReviewTicket;
}

/** A page of tickets. `totalCount` and `ledgerCursor` are made on demand: see ReviewTicketConnectionResolver. */
@ObjectType({ simpleResolvers: true, description: "A page of tickets." })
export class ReviewTicketConnection {
  @Field(() => [ReviewTicketEdge])
  readonly edges!: readonly ReviewTicketEdge[];

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo;

  /** Counts the whole list. */
  readonly count!: () => Promise<number>;
}
