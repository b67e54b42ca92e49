/** Where the admin program writes, so that tests read it, and what it says when it is interrupted. */

/** See the file comment. */
export interface Terminal {
  /** Results: to stdout. */
  out(line: string): void;
  /** Progress and warnings: to stderr. */
  err(line: string): void;
  /** What an interrupt (Ctrl-C) would leave behind at this moment. */
  interruptNote: string;
}
