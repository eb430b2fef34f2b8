import { Field, ObjectType } from "type-graphql";
import { Node } from "./node.js";

/** The wall between agencies. */
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "The wall between agencies: nothing crosses it.",
})
export class Workspace {
  readonly id!: string;

  @Field(() => String)
  readonly name!: string;
}
