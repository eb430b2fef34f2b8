import { Field, ID, Int, ObjectType } from "type-graphql";
import type { MailPreference } from "../../notify/preferences/mail-preference.js";
import { MailPreferenceEnum } from "../enums.js";

@ObjectType({ simpleResolvers: true, description: "How the viewer is mailed about one queue." })
export class QueuePreference {
  @Field(() => String)
  readonly queue!: string;

  @Field(() => MailPreferenceEnum)
  readonly mail!: MailPreference;
}

/** What one member wants to hear, and when. */
@ObjectType({ simpleResolvers: true, description: "How and when the viewer is mailed." })
export class NotificationPreferences {
  @Field(() => Boolean, { description: "Whether this server sends mail at all." })
  readonly mailConfigured!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Where the mail goes; null for who has no address, and is sent none.",
  })
  readonly address!: string | null;

  @Field(() => MailPreferenceEnum, { description: "About every queue that is not in `queues`." })
  readonly mail!: MailPreference;

  @Field(() => [QueuePreference], { description: "What was said of single queues, by name." })
  readonly queues!: readonly QueuePreference[];

  @Field(() => String, {
    description: "An IANA name, such as Europe/Berlin: the clock that the minutes below go by.",
  })
  readonly timeZone!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Minute of the day at which quiet hours begin. What would be mailed in them is mailed when they end. Null for none.",
  })
  readonly quietFrom!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Minute of the day at which they end; it may be the next day's.",
  })
  readonly quietUntil!: number | null;

  @Field(() => Int, {
    description: "Minute of the day at which a digest is mailed; not before quiet hours have ended.",
  })
  readonly digestAt!: number;
}

@ObjectType({ simpleResolvers: true, description: "How and when the viewer is mailed from now on." })
export class SetNotificationPreferencePayload {
  @Field(() => NotificationPreferences)
  readonly notificationPreferences!: NotificationPreferences;
}

@ObjectType({ simpleResolvers: true, description: "How and when the viewer is mailed from now on." })
export class SetNotificationHoursPayload {
  @Field(() => NotificationPreferences)
  readonly notificationPreferences!: NotificationPreferences;
}

/** What a queue does about the due times of its tickets. */
@ObjectType({ simpleResolvers: true, description: "What a queue does about the due times of its tickets." })
export class QueueNotice {
  @Field(() => Int, {
    nullable: true,
    description:
      "How long before the due time a pending ticket's assignee, or else the queue's reviewers, are reminded; null for never.",
  })
  readonly remindMinutes!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "How long after it those in `escalateTo` are told; null for never.",
  })
  readonly escalateMinutes!: number | null;

  @Field(() => [ID], { description: "Ids of members." })
  readonly escalateTo!: readonly string[];
}
