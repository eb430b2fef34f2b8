import type { MailIds } from "../../src/notify/channels.js";
import {
  createMailChannel,
  type MailChannel,
  type MailChannelOptions,
} from "../../src/notify/mail/mail-channel.js";
import { contextFor, NOW } from "./mail-samples.js";

const { base, unsubscribeUrl } = contextFor();

/** What names a delivery. */
export function idsOf(deliveryId = "delivery_1"): MailIds {
  return { deliveryId, unsubscribeUrl: unsubscribeUrl ?? "" };
}

/** Channels to mail servers, to be closed together. */
export function mailChannels() {
  const channels: MailChannel[] = [];
  return {
    to(smtpUrl: string, more: Partial<MailChannelOptions> = {}): MailChannel {
      const channel = createMailChannel({
        smtpUrl,
        from: { name: "Countersign", address: "review@example.org" },
        base: () => base,
        timeoutMs: 5_000,
        now: () => NOW,
        ...more,
      });
      channels.push(channel);
      return channel;
    },
    close(): void {
      for (const channel of channels.splice(0)) channel.close();
    },
  };
}
