import { Field, ObjectType } from "type-graphql";
import type { Role } from "../../domain/principal.js";
import { RoleEnum } from "../enums.js";
import { Principal } from "./principal.js";

/** Whoever the credential stands for. `workspace` and `ledgerCursor` are read on demand: see ViewerResolver. */
@ObjectType({ simpleResolvers: true, description: "Whoever the credential stands for." })
export class Viewer {
  @Field(() => Principal)
  readonly principal!: Principal;

  @Field(() => [RoleEnum])
  readonly roles!: readonly Role[];

  @Field(() => [String], {
    nullable: true,
    description:
      "Where a reviewer works: no other queue's tickets are theirs to decide. Null means every queue.",
  })
  readonly queues!: readonly string[] | null;

  readonly workspaceId!: string;
}
