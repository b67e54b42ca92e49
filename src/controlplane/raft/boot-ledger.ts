/**
 * Counts the starts of this member's data directory, and remembers how far those of its peers had
 * counted. Whoever comes back with a lower count, or with the same count in another process, runs
 * on an older copy of its disk: it has forgotten votes and acknowledgements, and must not speak
 * under its id again. That one refusal is remembered, because its next starts would count on until
 * they pass what is known. Peers that do not count are let in.
 */
import { assert } from "../../base/assert.js";
import { exitCode, FatalError } from "../../base/errors.js";
import type { MemberId } from "../../raft/types.js";
import type { Disk } from "../../storage/disk.js";
import { dataPaths } from "../../storage/identity.js";
import {
  damaged,
  isRecord,
  readSmallFile,
  replaceSmallFile,
  writeSmallFile,
  type SmallFileKind,
} from "../../storage/small-file.js";
import type { PeerBoot } from "../../transport/types.js";
import { bootPeersMax } from "./limits.js";

/** What is known of the starts of one peer. */
interface KnownBoot extends PeerBoot {
  readonly memberId: MemberId;
  /** It came back from an older copy once. */
  readonly regressed: boolean;
}

const bootsKind: SmallFileKind = {
  name: "boots",
  version: 1,
  remedy:
    "it counts the starts of this directory for the other members, and a wrong count looks like " +
    "an old copy of this disk: restore it from a copy, or replace this member with an empty one",
};

/** See the file comment. */
export class BootLedger {
  /** This start. */
  readonly own: PeerBoot;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  /** The one that changed longest ago comes first. */
  readonly #peers = new Map<MemberId, KnownBoot>();
  #isDirty = false;
  #saving: Promise<void> | undefined;

  private constructor(
    own: PeerBoot,
    peers: readonly KnownBoot[],
    deps: {
      readonly disk: Disk;
      readonly path: string;
      readonly onError: (error: unknown) => void;
    },
  ) {
    assert(own.count > 0, "a start counts itself");
    this.own = own;
    for (const peer of peers) this.#peers.set(peer.memberId, peer);
    this.#disk = deps.disk;
    this.#path = deps.path;
    this.#onError = deps.onError;
  }

  /**
   * Counts this start, durably, before anybody is spoken to. `nonce` is random per process.
   *
   * @throws FatalError 79 when the file is damaged: what this directory had counted to is lost.
   */
  static open(
    directory: string,
    nonce: number,
    deps: { readonly disk: Disk; readonly onError: (error: unknown) => void },
  ): BootLedger {
    const path = dataPaths(directory).boots;
    const value = readSmallFile(deps.disk, path, bootsKind) ?? { count: 0, peers: [] };
    const known = readBoots(value);
    if (known === undefined) throw damaged(path, bootsKind, 24, "a field is wrong");
    const count = known.count + 1;
    const { peers } = known;
    writeSmallFile(deps.disk, path, bootsKind, { count, peers });
    return new BootLedger({ count, nonce }, peers, { ...deps, path });
  }

  /**
   * A peer says hello; false = it runs on an older copy of its disk. What is learnt is written in
   * the background: it would be lost only together with this process, in the moment after.
   */
  admits(memberId: MemberId, boot: PeerBoot): boolean {
    const known = this.#peers.get(memberId);
    if (known?.regressed === true) return false;
    if (boot.count === 0) return true;
    if (known !== undefined && isRegress(boot, known)) {
      this.#note({ ...known, regressed: true });
      return false;
    }
    if (known?.count !== boot.count) {
      const { count, nonce } = boot;
      this.#note({ memberId, count, nonce, regressed: false });
    }
    return true;
  }

  /** Resolves when all that is known is written. */
  async close(): Promise<void> {
    await this.#saving;
  }

  #note(boot: KnownBoot): void {
    this.#peers.delete(boot.memberId);
    this.#peers.set(boot.memberId, boot);
    for (const memberId of this.#peers.keys()) {
      if (this.#peers.size <= bootPeersMax) break;
      this.#peers.delete(memberId);
    }
    this.#isDirty = true;
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
  }

  async #save(): Promise<void> {
    try {
      while (this.#isDirty) {
        this.#isDirty = false;
        const value = { count: this.own.count, peers: [...this.#peers.values()] };
        await replaceSmallFile(this.#disk, this.#path, bootsKind, value);
      }
    } catch (thrown) {
      const text = `${this.#path} cannot be written: check the disk and its free space, then restart`;
      this.#onError(new FatalError(exitCode.temporary, text, { file: this.#path }, thrown));
    }
  }
}

/** Whether `boot` is of an older copy of the directory whose start `known` was. */
function isRegress(boot: PeerBoot, known: PeerBoot): boolean {
  return boot.count < known.count || (boot.count === known.count && boot.nonce !== known.nonce);
}

function readBoots(
  value: unknown,
): { readonly count: number; readonly peers: readonly KnownBoot[] } | undefined {
  if (!isRecord(value)) return undefined;
  const { count, peers } = value;
  if (!isWhole(count) || !Array.isArray(peers)) return undefined;
  return peers.every(isKnownBoot) ? { count, peers } : undefined;
}

function isKnownBoot(value: unknown): value is KnownBoot {
  if (!isRecord(value)) return false;
  const { memberId, count, nonce, regressed } = value;
  return isWhole(memberId) && isWhole(count) && isWhole(nonce) && typeof regressed === "boolean";
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && typeof value === "number" && value >= 0;
}
