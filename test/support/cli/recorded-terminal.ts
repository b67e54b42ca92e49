/** A terminal that keeps what it is told. */
import type { Terminal } from "../../../src/cli/terminal.js";

/** See the file comment. */
export class RecordedTerminal implements Terminal {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  interruptNote = "";

  out(line: string): void {
    this.stdout.push(line);
  }

  err(line: string): void {
    this.stderr.push(line);
  }
}
