/**
 * Where the view goes: on a terminal one screen that is drawn again in place, elsewhere a line for
 * each change.
 */
import { renderChanges, renderScreen, type ClusterView } from "./cluster-view.js";

/** What the demo needs of process.stdout. */
export interface Output {
  readonly isTTY: boolean;
  /** Width of a terminal in characters. */
  readonly columns?: number;
  /** Height of a terminal in lines. */
  readonly rows?: number;
  write(text: string): unknown;
}

/** See the file comment. */
export interface Terminal {
  show(view: ClusterView, before: ClusterView | undefined): void;
  /** A line that stays. */
  say(line: string): void;
  /** Lines that stay below the view. */
  footer(lines: readonly string[]): void;
  close(): void;
}

/** Makes the one that fits the output. */
export function createTerminal(output: Output): Terminal {
  return output.isTTY ? new Screen(output) : new Lines(output);
}

class Lines implements Terminal {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(view: ClusterView, before: ClusterView | undefined): void {
    for (const line of renderChanges(before, view)) this.say(line);
  }

  say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  footer(lines: readonly string[]): void {
    for (const line of lines) this.say(line);
  }

  close(): void {
    // Lines stay as they are.
  }
}

/** How many of the things that were said stay on the screen, at most and where there is no room. */
const saidLinesMax = 8;
const saidLinesMin = 2;

class Screen implements Terminal {
  readonly #output: Output;
  #drawn = 0;
  #view: readonly string[] = [];
  #said: string[] = [];
  #footer: readonly string[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  show(view: ClusterView): void {
    this.#view = renderScreen(view);
    this.#draw();
  }

  say(line: string): void {
    this.#said = [...this.#said, line].slice(-saidLinesMax);
    this.#draw();
  }

  footer(lines: readonly string[]): void {
    this.#footer = lines;
    this.#draw();
  }

  close(): void {
    this.#drawn = 0;
  }

  /** Goes up over what was drawn and draws again; no line may wrap. */
  #draw(): void {
    const widthMax = this.#output.columns ?? Infinity;
    const lines = this.#linesThatFit().map((line) => line.slice(0, widthMax));
    const up = this.#drawn === 0 ? "" : `\u001b[${this.#drawn}A`;
    // Line by line, because some terminals keep what a cleared screen showed.
    this.#output.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
    this.#drawn = lines.length;
  }

  /**
   * The view first, then what was said, then the footer. What does not fit is left out: a line
   * that scrolled away could not be drawn over, and would be left behind with each drawing.
   */
  #linesThatFit(): string[] {
    // The cursor stands in a line of its own.
    const linesMax = (this.#output.rows ?? Infinity) - 1;
    const room = linesMax - this.#view.length - 1 - this.#footer.length;
    const saidMax = Math.min(saidLinesMax, Math.max(saidLinesMin, room));
    return [...this.#view, "", ...this.#said.slice(-saidMax), ...this.#footer].slice(0, linesMax);
  }
}
