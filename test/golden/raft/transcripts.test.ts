/**
 * Protocol scenarios as text. Each file is run and compared with itself; `UPDATE_GOLDEN=1`
 * rewrites the files, and the change is reviewed as a diff.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runTranscript } from "../../support/raft/transcript.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));
const { UPDATE_GOLDEN: update } = globalThis.process.env;

describe("transcripts", () => {
  it("are there", () => {
    expect(files.length).toBeGreaterThanOrEqual(8);
  });

  it.each(files)("%s", (file) => {
    const path = `${folder}/${file}`;
    const text = readFileSync(path, "utf8");
    const now = runTranscript(text);
    if (update === "1") writeFileSync(path, now);
    else expect(now).toBe(text);
  });
});
