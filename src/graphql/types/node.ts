import { Field, ID, InterfaceType } from "type-graphql";

/** GraphQL type by prefix of the TypeID. */
const TYPE_BY_PREFIX: Readonly<Record<string, string>> = {
  ticket: "ReviewTicket",
  principal: "Principal",
  workspace: "Workspace",
};

/** Whatever has an id of its own. */
@InterfaceType({
  description: "Whatever has an id of its own; node(id) finds it again.",
  resolveType: (value: Node) => TYPE_BY_PREFIX[value.id.split("_", 1)[0] ?? ""],
})
export abstract class Node {
  @Field(() => ID, { simple: true, description: "A TypeID: prefixed, sortable, opaque." })
  readonly id!: string;
}
