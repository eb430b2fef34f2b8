import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { seesEverything } from "../../domain/principal.js";
import { changeQueue, createQueue, type Queue as KnownQueue, listQueues } from "../../identity/queues.js";
import { listQueueNotices, setQueueNotice, silentNotice } from "../../notify/deadlines/queue-notice.js";
import { SetQueueNoticeInput } from "../inputs/notification-inputs.js";
import { ChangeQueueInput, CreateQueueInput } from "../inputs/queue-inputs.js";
import { actorOf, managerOf, type RequestContext } from "../request-context.js";
import { ChangeQueuePayload, CreateQueuePayload, Queue, SetQueueNoticePayload } from "../types/queue.js";

/** Where tickets wait, how many approvals they need there, and what becomes of those that are late. */
@Resolver()
export class QueuesResolver {
  @Query(() => [Queue], { description: "The workspace's queues, by name." })
  async queues(@Ctx() context: RequestContext): Promise<Queue[]> {
    return withNotices(context, await listQueues(context.services.read, actorOf(context).workspaceId));
  }

  @Mutation(() => CreateQueuePayload, { description: "Makes a queue: for admins." })
  async createQueue(
    @Arg("input", () => CreateQueueInput) { name, minimumApprovals }: CreateQueueInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateQueuePayload> {
    const settings = { ...managerOf(context), name, minimumApprovals };
    return {
      queue: { ...(await createQueue(context.services.ledger, settings)), notice: silentNotice(name) },
    };
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
    return { queue: await withNotice(context, await changeQueue(context.services.ledger, settings)) };
  }

  @Mutation(() => SetQueueNoticePayload, {
    description:
      "Says what a queue does about due times: for admins. It counts for the tickets that are there too; each revision is " +
      "told of once before its due time and once after it.",
  })
  async setQueueNotice(
    @Arg("input", () => SetQueueNoticeInput) input: SetQueueNoticeInput,
    @Ctx() context: RequestContext,
  ): Promise<SetQueueNoticePayload> {
    const { ledger, read } = context.services;
    const manager = managerOf(context);
    const { queue: name, remindMinutes = null, escalateMinutes = null, escalateTo } = input;
    const notice = await setQueueNotice(ledger, manager, {
      queue: name,
      remindMinutes,
      escalateMinutes,
      escalateTo,
    });
    const queue = (await listQueues(read, manager.workspaceId)).find((one) => one.name === name);
    if (queue === undefined) throw new Error(`the queue ${name} is missing`);
    return { queue: { ...queue, notice } };
  }
}

async function withNotice(context: RequestContext, queue: KnownQueue): Promise<Queue> {
  const [shown] = await withNotices(context, [queue]);
  return shown ?? { ...queue, notice: null };
}

/** Whom a queue's tickets go on to is not for agents to know. */
async function withNotices(context: RequestContext, queues: readonly KnownQueue[]): Promise<Queue[]> {
  const actor = actorOf(context);
  if (!seesEverything(actor)) return queues.map((queue) => ({ ...queue, notice: null }));
  const notices = await listQueueNotices(context.services.read, actor.workspaceId);
  const known = new Map(notices.map((notice) => [notice.queue, notice]));
  return queues.map((queue) => ({ ...queue, notice: known.get(queue.name) ?? silentNotice(queue.name) }));
}
