import { z } from "zod";
import { isLoopbackUrl } from "./addresses.js";

/** A wrong setting; the message names each and what it expects. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** A whole number within bounds. */
export const wholeNumber = (expected: string, minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, expected)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, expected);

/** A switch. */
export const onOff = z
  .enum(["true", "false", "1", "0", "on", "off"], "expected true or false")
  .transform((value) => value === "true" || value === "1" || value === "on");

/** An http(s) URL. */
export const url = z.string().refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), {
  error: "expected an http(s) URL",
  // What is looked at next takes it apart.
  abort: true,
});

/** Credentials travel to such a URL: TLS protects them, or they do not leave the machine. */
export const safeUrl = url.refine(
  (value) => value.startsWith("https:") || isLoopbackUrl(value),
  "expected an https URL, or an http one on a loopback address",
);

/** Texts with blanks or commas between. */
export const list = z.string().transform((value) => value.split(/[\s,]+/).filter((one) => one !== ""));

/** A text that some reader takes; what that says is expected. */
export const readBy = (read: (value: string) => unknown) =>
  z.string().superRefine((value, issues) => {
    try {
      read(value);
    } catch (error) {
      issues.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    }
  });
