import { randomBytes } from "node:crypto";
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}
