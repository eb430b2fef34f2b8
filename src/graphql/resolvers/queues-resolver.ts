import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { changeQueue, createQueue, listQueues } from "../../identity/queues.js";
import { ChangeQueueInput, CreateQueueInput } from "../inputs/queue-inputs.js";
import { actorOf, managerOf, type RequestContext } from "../request-context.js";
import { ChangeQueuePayload, CreateQueuePayload, Queue } from "../types/queue.js";

/** Where tickets wait, and how many approvals they need there. */
@Resolver()
export class QueuesResolver {
  @Query(() => [Queue], { description: "The workspace's queues, by name." })
  queues(@Ctx() context: RequestContext): Promise<Queue[]> {
    return listQueues(context.services.read, actorOf(context).workspaceId);
  }

  @Mutation(() => CreateQueuePayload, { description: "Makes a queue: for admins." })
  async createQueue(
    @Arg("input", () => CreateQueueInput) { name, minimumApprovals }: CreateQueueInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateQueuePayload> {
    const settings = { ...managerOf(context), name, minimumApprovals };
    return { queue: await createQueue(context.services.ledger, settings) };
  }

  @Mutation(() => ChangeQueuePayload, {
    description:
      "Changes how many approvals a queue asks for: for admins. Tickets that are there already keep what they were submitted with.",
  })
  async changeQueue(
    @Arg("input", () => ChangeQueueInput) { name, minimumApprovals }: ChangeQueueInput,
    @Ctx() context: RequestContext,
  ): Promise<ChangeQueuePayload> {
    const settings = { ...managerOf(context), name, minimumApprovals };
    return { queue: await changeQueue(context.services.ledger, settings) };
  }
}
