/**
 * The logger the shell writes to; pino satisfies it. Pure folders never log: they return events.
 * One fact is one line: fields carry `event` and values with their units, the text is a short
 * sentence without values in it.
 */

/** Structured fields of one line. `event` is a stable kebab-case name. */
export type LogFields = { readonly event: string } & Readonly<Record<string, unknown>>;

/** Levels: error = someone must act; warn = may become one; info = rare; debug = per message. */
export interface Logger {
  error(fields: LogFields, text: string): void;
  warn(fields: LogFields, text: string): void;
  info(fields: LogFields, text: string): void;
  debug(fields: LogFields, text: string): void;
  /** A logger that adds `bindings` to each line. */
  child(bindings: Readonly<Record<string, unknown>>): Logger;
}
