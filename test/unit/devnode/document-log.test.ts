import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  decodeFile,
  encodeBatch,
  fileHeader,
  isNewer,
  type StoredDocument,
} from "../../../src/devnode/document-codec.js";
import { diskFiles } from "../../../src/devnode/disk-files.js";
import { DamagedFileError, DocumentLog } from "../../../src/devnode/document-log.js";

const documentOf = (id: string, sequence: number, term = 1): StoredDocument => ({
  id,
  body: Buffer.from(`${id}/${term}/${sequence}`),
  term,
  sequence,
});

const ids = (documents: readonly StoredDocument[]): string[] =>
  documents.map((document) => document.id);

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "document-log-"));
  path = join(directory, "documents.log");
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe("a document file", () => {
  const first = encodeBatch([documentOf("a", 1), documentOf("b", 2)]);
  const second = encodeBatch([documentOf("c", 3)]);
  const whole = Buffer.concat([fileHeader, first, second]);

  it("decodes what was encoded", () => {
    const decoded = decodeFile(whole);
    expect(decoded.rest).toBe("none");
    expect(decoded.soundBytes).toBe(whole.length);
    expect(decoded.documents).toEqual([documentOf("a", 1), documentOf("b", 2), documentOf("c", 3)]);
  });

  it("is torn wherever it is cut, and keeps the whole batches before the cut", () => {
    const ends = [fileHeader.length, fileHeader.length + first.length, whole.length];
    for (let cut = 0; cut < whole.length; cut++) {
      const decoded = decodeFile(whole.subarray(0, cut));
      const kept = ends.filter((end) => end <= cut).at(-1) ?? 0;
      expect(decoded.soundBytes).toBe(kept);
      expect(decoded.rest).toBe(cut === kept && cut > 0 ? "none" : "torn");
    }
  });

  it("is torn when the last batch is wrong, damaged when an earlier one is", () => {
    const flipped = (offset: number): Buffer => {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x40, offset);
      return bytes;
    };
    expect(decodeFile(flipped(whole.length - 1)).rest).toBe("torn");
    expect(decodeFile(flipped(fileHeader.length + first.length - 1)).rest).toBe("damaged");
    expect(decodeFile(flipped(0)).rest).toBe("damaged");
  });

  it("is torn when only zeros follow, damaged when anything else does", () => {
    expect(decodeFile(Buffer.concat([whole, Buffer.alloc(100)])).rest).toBe("torn");
    const strange = Buffer.concat([whole, Buffer.alloc(100), Buffer.from([1])]);
    expect(decodeFile(strange).rest).toBe("damaged");
  });
});

describe("versions of a document", () => {
  it.each([
    { a: [1, 5], b: [1, 4], newer: true },
    { a: [1, 5], b: [1, 5], newer: false },
    { a: [2, 1], b: [1, 9], newer: true },
    { a: [1, 9], b: [2, 1], newer: false },
  ] as const)("(term, sequence) $a is newer than $b: $newer", ({ a, b, newer }) => {
    const of = ([term, sequence]: readonly [number, number]): {
      term: number;
      sequence: number;
    } => ({
      term,
      sequence,
    });
    expect(isNewer(of(a), of(b))).toBe(newer);
  });
});

describe("DocumentLog", () => {
  it("keeps the newest version of each document, in whatever order they come", async () => {
    const log = await DocumentLog.open(diskFiles, path);
    await Promise.all([
      log.put(documentOf("a", 3)),
      log.put(documentOf("a", 1)),
      log.put(documentOf("b", 2)),
    ]);
    await log.put(documentOf("a", 1, 2));
    await log.close();
    const again = await DocumentLog.open(diskFiles, path);
    expect(again.get("a")).toEqual(documentOf("a", 1, 2));
    expect(again.get("b")).toEqual(documentOf("b", 2));
    expect(again.count).toBe(2);
    expect(again.lastSequence).toBe(3);
    await again.close();
  });

  it("cuts off a torn tail and goes on behind what is whole", async () => {
    const log = await DocumentLog.open(diskFiles, path);
    await log.put(documentOf("a", 1));
    await log.close();
    appendFileSync(path, encodeBatch([documentOf("b", 2)]).subarray(0, 20));
    const torn = await DocumentLog.open(diskFiles, path);
    expect(ids(torn.all())).toEqual(["a"]);
    await torn.put(documentOf("c", 3));
    await torn.close();
    const after = await DocumentLog.open(diskFiles, path);
    expect(ids(after.all())).toEqual(["a", "c"]);
    await after.close();
  });

  it("refuses damage, names file and offset, and leaves the bytes alone", async () => {
    const log = await DocumentLog.open(diskFiles, path);
    await log.put(documentOf("a", 1));
    await log.put(documentOf("b", 2));
    await log.close();
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    writeFileSync(path, bytes);
    const opened = DocumentLog.open(diskFiles, path);
    await expect(opened).rejects.toThrow(DamagedFileError);
    await expect(opened).rejects.toThrow(`${path} is damaged at offset 8`);
    expect(readFileSync(path)).toEqual(bytes);
  });

  it("drops what is not to be retained, durably, and takes writes meanwhile", async () => {
    const log = await DocumentLog.open(diskFiles, path);
    await Promise.all(["a", "b", "c"].map((id, index) => log.put(documentOf(id, index))));
    await Promise.all([log.retain(new Set(["b"])), log.put(documentOf("d", 9))]);
    await log.put(documentOf("e", 10));
    expect(ids(log.all())).toEqual(["b", "d", "e"]);
    await log.close();
    const again = await DocumentLog.open(diskFiles, path);
    expect(ids(again.all())).toEqual(["b", "d", "e"]);
    await again.close();
  });
});
