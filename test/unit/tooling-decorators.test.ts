import "reflect-metadata";
import { graphql } from "graphql";
import { Arg, buildSchema, Field, InputType, Int, ObjectType, Query, Resolver } from "type-graphql";
import { expect, it } from "vitest";

@InputType()
class Factors {
  @Field(() => Int)
  left!: number;

  @Field(() => Int, { defaultValue: 2 })
  right!: number;
}

class Base {
  readonly kept: string;
  constructor() {
    this.kept = "set by the base class";
  }
}

@ObjectType()
class Product extends Base {
  // Compiled as a standard class field this would wipe out what the base class has set.
  @Field(() => String)
  declare readonly kept: string;

  @Field(() => Int)
  value!: number;
}

@Resolver()
class Arithmetic {
  @Query(() => Product)
  multiply(@Arg("factors", () => Factors) { left, right }: Factors): Product {
    return Object.assign(new Product(), { value: left * right });
  }
}

it("compiles decorators of parameters and fields as tsc does", async () => {
  const schema = await buildSchema({ resolvers: [Arithmetic], validate: false });
  const { data, errors } = await graphql({
    schema,
    source: "{ multiply(factors: {left: 21}) { kept value } }",
  });
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({ multiply: { kept: "set by the base class", value: 42 } });
});

it("does not define a field that has no initial value", () => {
  expect(Object.keys(new Factors())).toEqual([]);
});
