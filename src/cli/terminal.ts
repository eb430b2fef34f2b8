/** What a command may touch of the process; tests give their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Buffer | string>;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  /** The status with which the process will exit. */
  setExitCode(code: number): void;
}

/** A stream that is written to. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string, done?: (error?: Error | null) => void): boolean;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Data for whoever called: one JSON document with `--json`, and text for people otherwise. */
export function printData({ stdout }: Terminal, options: CommonOptions, data: unknown, text: string): void {
  stdout.write(options.json === true ? `${JSON.stringify(data)}\n` : text === "" ? "" : `${text}\n`);
}

/** Talk: never on standard output, which belongs to data. */
export function say({ stderr }: Terminal, text: string): void {
  stderr.write(`${text}\n`);
}

/** Columns that line up; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function width(text: string): number {
  return text.length;
}

/** Text of others for a terminal: without the control characters that could rewrite what stands on it. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
}

/** Bold, where the terminal shows it and NO_COLOR (no-color.org) is not set. */
export function strong({ env, stderr }: Terminal, text: string): string {
  return stderr.isTTY === true && (env.NO_COLOR ?? "") === "" ? `\u001b[1m${text}\u001b[0m` : text;
}
