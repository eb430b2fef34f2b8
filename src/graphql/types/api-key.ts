import { Field, ID, ObjectType } from "type-graphql";
import type { Role } from "../../domain/principal.js";
import { RoleEnum } from "../enums.js";
import { GraphQLDateTime } from "../scalars/date-time.js";
import { PageInfo } from "./page-info.js";
import { Principal } from "./principal.js";

/** An API key, without its secret. `onBehalfOf` is read on demand: see ApiKeyResolver. */
@ObjectType({ simpleResolvers: true, description: "An API key, without its secret." })
export class ApiKey {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => String, { description: "What it is for." })
  readonly label!: string;

  @Field(() => Principal, { description: "Who comes in with it." })
  readonly principal!: Principal;

  @Field(() => [RoleEnum], { description: "Of the principal, as they are now." })
  readonly roles!: readonly Role[];

  /** Of the human behind an agent's key. */
  readonly behind!: string | null;

  @Field(() => GraphQLDateTime)
  readonly createdAt!: number;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Null where it does not expire." })
  readonly expiresAt!: number | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it was ended early; null where it was not.",
  })
  readonly revokedAt!: number | null;
}

/** A key in a page. */
@ObjectType({ simpleResolvers: true, description: "A key in a page." })
export class ApiKeyEdge {
  @Field(() => String)
  readonly cursor!: string;

  @Field(() => ApiKey)
  readonly node!: ApiKey;
}

/** A page of keys. */
@ObjectType({ simpleResolvers: true, description: "A page of keys, the oldest first." })
export class ApiKeyConnection {
  @Field(() => [ApiKeyEdge])
  readonly edges!: readonly ApiKeyEdge[];

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo;
}

const ONCE = "The key itself, which is shown this once.";

@ObjectType({ simpleResolvers: true, description: "The new key." })
export class CreateApiKeyPayload {
  @Field(() => ApiKey)
  readonly apiKey!: ApiKey;

  @Field(() => String, { description: ONCE })
  readonly key!: string;
}

@ObjectType({ simpleResolvers: true, description: "The new key, and the one that it replaces." })
export class RotateApiKeyPayload {
  @Field(() => ApiKey)
  readonly apiKey!: ApiKey;

  @Field(() => String, { description: ONCE })
  readonly key!: string;

  @Field(() => ApiKey, { description: "It works until its expiresAt." })
  readonly replaced!: ApiKey;
}

@ObjectType({ simpleResolvers: true, description: "The key, which has ended." })
export class RevokeApiKeyPayload {
  @Field(() => ApiKey)
  readonly apiKey!: ApiKey;
}
