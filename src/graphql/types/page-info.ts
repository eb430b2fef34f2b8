import { Field, ObjectType } from "type-graphql";

/** Where a page stands in its list (Relay's cursor connections). */
@ObjectType({ simpleResolvers: true, description: "Where a page stands in its list." })
export class PageInfo {
  @Field(() => Boolean)
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: "True where the page was asked for with 'after': that entry precedes it.",
  })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Hand it in as 'after' for the next page." })
  readonly endCursor!: string | null;
}
