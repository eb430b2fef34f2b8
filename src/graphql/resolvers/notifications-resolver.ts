import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { badInput } from "../../domain/domain-error.js";
import {
  type OwnPreferences,
  readOwnPreferences,
  setNotificationHours,
  setNotificationPreference,
} from "../../notify/preferences/own-preferences.js";
import { findPrincipal } from "../../persistence/principal-queries.js";
import { SetNotificationHoursInput, SetNotificationPreferenceInput } from "../inputs/notification-inputs.js";
import { actorOf, managerOf, type RequestContext } from "../request-context.js";
import {
  NotificationPreferences,
  SetNotificationHoursPayload,
  SetNotificationPreferencePayload,
} from "../types/notifications.js";

/** How and when the viewer is mailed: everybody's own business. */
@Resolver()
export class NotificationsResolver {
  @Query(() => NotificationPreferences, {
    description: "How and when the viewer is mailed: for reviewers and admins, since nobody else is.",
  })
  async notificationPreferences(@Ctx() context: RequestContext): Promise<NotificationPreferences> {
    return shown(context, await readOwnPreferences(context.services.read, actorOf(context).id));
  }

  @Mutation(() => SetNotificationPreferencePayload, {
    description:
      "Says how the viewer is mailed about a queue, or about all others. A digest gathers what comes in; assignments, " +
      "reminders and escalations come singly all the same. OFF is off for all of it.",
  })
  async setNotificationPreference(
    @Arg("input", () => SetNotificationPreferenceInput)
    { queue = null, mail = null }: SetNotificationPreferenceInput,
    @Ctx() context: RequestContext,
  ): Promise<SetNotificationPreferencePayload> {
    const now = await setNotificationPreference(context.services.ledger, managerOf(context), { queue, mail });
    return { notificationPreferences: await shown(context, now) };
  }

  @Mutation(() => SetNotificationHoursPayload, {
    description: "Says when the viewer is mailed, from the next mail on that is not waiting already.",
  })
  async setNotificationHours(
    @Arg("input", () => SetNotificationHoursInput)
    { timeZone, quietFrom = null, quietUntil = null, digestAt }: SetNotificationHoursInput,
    @Ctx() context: RequestContext,
  ): Promise<SetNotificationHoursPayload> {
    const quiet = quietOf(quietFrom, quietUntil);
    const hours = { timeZone, quiet, digestAt };
    const now = await setNotificationHours(context.services.ledger, managerOf(context), hours);
    return { notificationPreferences: await shown(context, now) };
  }
}

/** @throws DomainError BAD_USER_INPUT where only one end is named */
function quietOf(from: number | null, until: number | null) {
  if (from === null && until === null) return null;
  if (from === null)
    throw badInput("quietFrom", "Say when quiet hours begin, or leave both of their ends out.");
  if (until === null)
    throw badInput("quietUntil", "Say when quiet hours end, or leave both of their ends out.");
  return { from, until };
}

async function shown(
  context: RequestContext,
  { mail, queues, hours }: OwnPreferences,
): Promise<NotificationPreferences> {
  const { id, workspaceId } = actorOf(context);
  const { services } = context;
  const { timeZone, quiet, digestAt } = hours;
  return {
    mailConfigured: services.mailConfigured,
    address: (await findPrincipal(services.read, workspaceId, id))?.email ?? null,
    mail,
    queues,
    timeZone,
    quietFrom: quiet?.from ?? null,
    quietUntil: quiet?.until ?? null,
    digestAt,
  };
}
