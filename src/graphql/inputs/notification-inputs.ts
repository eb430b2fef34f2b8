import { Field, ID, InputType, Int } from "type-graphql";
import type { MailPreference } from "../../notify/preferences/mail-preference.js";
import { MailPreferenceEnum } from "../enums.js";

@InputType({ description: "How the viewer wants to be mailed." })
export class SetNotificationPreferenceInput {
  @Field(() => String, {
    nullable: true,
    description: "Every queue of which nothing else is said, unless named.",
  })
  readonly queue!: string | null | undefined;

  @Field(() => MailPreferenceEnum, {
    nullable: true,
    description: "Null takes back what was said of the queue: it is as in general then.",
  })
  readonly mail!: MailPreference | null | undefined;
}

@InputType({ description: "When the viewer wants to be mailed; all of it." })
export class SetNotificationHoursInput {
  @Field(() => String, { defaultValue: "UTC", description: "An IANA name, such as Europe/Berlin." })
  readonly timeZone!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Minute of the day, 0 to 1439. Without it no hour is quiet.",
  })
  readonly quietFrom!: number | null | undefined;

  @Field(() => Int, {
    nullable: true,
    description: "Minute of the day, of the next one where it is the smaller one.",
  })
  readonly quietUntil!: number | null | undefined;

  @Field(() => Int, { defaultValue: 480, description: "Minute of the day at which a digest is mailed." })
  readonly digestAt!: number;
}

@InputType({ description: "What a queue is to do about the due times of its tickets; all of it." })
export class SetQueueNoticeInput {
  @Field(() => String)
  readonly queue!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Minutes before the due time, 1 to 43200; never without it.",
  })
  readonly remindMinutes!: number | null | undefined;

  @Field(() => Int, {
    nullable: true,
    description: "Minutes after the due time, 0 to 43200; never without it.",
  })
  readonly escalateMinutes!: number | null | undefined;

  @Field(() => [ID], {
    defaultValue: [],
    description: "Members to escalate to, 50 at most: humans who review or manage, and have an address.",
  })
  readonly escalateTo!: string[];
}
