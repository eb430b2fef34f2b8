import { Field, ObjectType } from "type-graphql";
import type { PrincipalKind } from "../../domain/principal.js";
import { PrincipalKindEnum } from "../enums.js";
import { Node } from "./node.js";

/** Who does things: an agent, a human, or Countersign itself. */
@ObjectType({ implements: Node, simpleResolvers: true, description: "Who does things." })
export class Principal {
  readonly id!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => PrincipalKindEnum)
  readonly kind!: PrincipalKind;
}
