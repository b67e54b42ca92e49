/**
 * A master's disk as its process sees it: the forgetful disk in memory, with calls that take time,
 * a size, failures, and power that can go in the middle of a call. What the process does after its
 * end no longer reaches it.
 */
import type { Random } from "../../src/base/random.js";
import { systemCode, type BackgroundDisk, type Disk } from "../../src/storage/disk.js";
import type { KeyValueStore, OpenKeyValue } from "../../src/storage/key-value.js";
import { memoryKeyValue } from "../support/storage/memory-key-value.js";
import { DiskCrash, type MemoryDisk } from "../support/storage/memory-disk.js";
import type { Lane } from "./lane.js";
import { exponential } from "./seeded.js";

/** How a disk behaves; faults change it while a run lasts. */
export interface DiskConditions {
  readonly latencyMinMs: number;
  readonly latencyMeanMs: number;
  /** Added to every call while the disk is slow. */
  extraMs: number;
}

/** What the process of one start works with. */
export interface ProcessDisk {
  readonly disk: Disk;
  readonly openKeyValue: OpenKeyValue;
  /** Runs log work when the disk would be done with it. */
  readonly schedule: (work: () => void) => void;
}

/** Where a Linux machine says which boot this is. */
export const bootIdPath = "/proc/sys/kernel/random/boot_id";

/** A process's view of `memory`. `onPowerLost` is called when a call met the end of the power. */
export function processDisk(
  memory: MemoryDisk,
  deps: {
    readonly lane: Lane;
    readonly random: Random;
    readonly conditions: DiskConditions;
    readonly onPowerLost: () => void;
    /** A call found no room. */
    readonly onFull: () => void;
  },
): ProcessDisk {
  const { lane, random, conditions, onPowerLost, onFull } = deps;
  const latencyMs = (): number =>
    conditions.latencyMinMs + exponential(random, conditions.latencyMeanMs) + conditions.extraMs;
  const guarded = <T>(call: () => T): T => {
    if (lane.hasEnded) throw new DiskCrash();
    try {
      return call();
    } catch (error) {
      if (error instanceof DiskCrash) onPowerLost();
      else if (systemCode(error) === "ENOSPC") onFull();
      throw error;
    }
  };
  const later = <T>(call: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      lane.clock.after(latencyMs(), () => {
        try {
          resolve(guarded(call));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  const background: BackgroundDisk = {
    pread: (file, target, position) => later(() => memory.pread(file, target, position)),
    pwrite: (file, source, position) =>
      later(() => {
        memory.pwrite(file, source, position);
      }),
    fdatasync: (file) =>
      later(() => {
        memory.fdatasync(file);
      }),
    syncDirectory: (path) =>
      later(() => {
        memory.syncDirectory(path);
      }),
  };
  const disk = { ...foregroundOf(memory, guarded), background };
  const openMemory = memoryKeyValue(disk);
  return {
    disk,
    openKeyValue: async (path, mode) => delayed(await openMemory(path, mode), () => later(nothing)),
    schedule: (work) => {
      lane.clock.after(latencyMs(), work);
    },
  };
}

function foregroundOf(
  memory: MemoryDisk,
  guarded: <T>(call: () => T) => T,
): Omit<Disk, "background"> {
  return {
    open: (path, mode) => guarded(() => memory.open(path, mode)),
    close: (file) => {
      guarded(() => {
        memory.close(file);
      });
    },
    pread: (file, target, position) => guarded(() => memory.pread(file, target, position)),
    pwrite: (file, source, position) => {
      guarded(() => {
        memory.pwrite(file, source, position);
      });
    },
    fdatasync: (file) => {
      guarded(() => {
        memory.fdatasync(file);
      });
    },
    syncDirectory: (path) => {
      guarded(() => {
        memory.syncDirectory(path);
      });
    },
    rename: (from, to) => {
      guarded(() => {
        memory.rename(from, to);
      });
    },
    unlink: (path) => {
      guarded(() => {
        memory.unlink(path);
      });
    },
    list: (path) => guarded(() => memory.list(path)),
    makeDirectory: (path) => {
      guarded(() => {
        memory.makeDirectory(path);
      });
    },
    removeTree: (path) => {
      guarded(() => {
        memory.removeTree(path);
      });
    },
    stat: (path) => guarded(() => memory.stat(path)),
    truncate: (file, bytes) => {
      guarded(() => {
        memory.truncate(file, bytes);
      });
    },
    freeBytes: () => guarded(() => memory.freeBytes()),
  };
}

function nothing(): void {
  // Only the time it takes counts.
}

/** The same store, whose writes take a moment. */
function delayed(store: KeyValueStore, pause: () => Promise<void>): KeyValueStore {
  return {
    hasMany: (keys) => store.hasMany(keys),
    pages: (pairsCountMax) => store.pages(pairsCountMax),
    write: async (changes, options) => {
      await pause();
      await store.write(changes, options);
    },
    close: () => store.close(),
  };
}
