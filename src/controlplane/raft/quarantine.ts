/**
 * What a running member does when it learns that its data cannot be trusted: it answers nobody from
 * that moment on, marks its directory, lets a leadership go, and ends the process. It does not
 * heal: the next start does, from the mark. Only a wrong state leaves the log in good standing, so
 * that the member may still hand over; one whose log is in doubt says nothing more at all.
 */
import type { Clock } from "../../base/clock.js";
import { exitCode, FatalError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import type { RaftView } from "../../raft/types.js";
import type { Disk } from "../../storage/disk.js";
import { dataPaths } from "../../storage/identity.js";
import { writeSuspicion, type Suspicion } from "../../storage/suspicion.js";
import { handOverWaitMs, stepDownLookMs } from "./limits.js";

/** The member that is stopped. */
export interface QuarantinedMember {
  view(): RaftView;
  /** Tells everyone who waits that this member stops. */
  endCalls(): void;
  /** Asks the core to hand leadership to another member. */
  transferTo(memberId: number): void;
  /** Stops the loop: nothing is sent any more. */
  stop(): void;
}

/** What a quarantine works with. */
export interface QuarantineDeps {
  readonly dataDir: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nobody is served from here on; called before anything else. */
  readonly onBegin: (why: string) => void;
  /** The process must end with the error's code. */
  readonly onFatal: (error: FatalError) => void;
}

/** See the file comment. */
export class Quarantine {
  readonly #deps: QuarantineDeps;
  #suspicion: Suspicion | undefined;

  constructor(deps: QuarantineDeps) {
    this.#deps = deps;
  }

  /** Why the member is stopped, or undefined while it is trusted. */
  get suspicion(): Suspicion | undefined {
    return this.#suspicion;
  }

  /** Only the first doubt counts. `member` is undefined before it takes part. */
  begin(suspicion: Suspicion, member: QuarantinedMember | undefined): void {
    if (this.#suspicion !== undefined) return;
    this.#suspicion = suspicion;
    const { reason, detail } = suspicion;
    const { logger, onBegin, onFatal } = this.#deps;
    onBegin(`this member's data is not trusted (${reason}); ask another one`);
    logger.error(
      { event: "suspect", reason, detail },
      "this member's data is not trusted any more: it stops serving at once",
    );
    member?.endCalls();
    const fatal = this.#mark(suspicion);
    if (member === undefined || reason !== "state-diverged") {
      member?.stop();
      onFatal(fatal);
      return;
    }
    this.#stepDown(member, () => {
      member.stop();
      onFatal(fatal);
    });
  }

  /** The end of the process: a restart heals, unless it could not know of the doubt. */
  #mark(suspicion: Suspicion): FatalError {
    const { disk, dataDir } = this.#deps;
    const { reason, detail } = suspicion;
    const why = `the data in ${dataDir} is not trusted (${reason}: ${detail})`;
    try {
      writeSuspicion(disk, dataDir, suspicion);
    } catch (thrown) {
      const { suspect } = dataPaths(dataDir);
      const text = `${why}, and ${suspect} could not be written to say so: do not start this member on it again; put an undamaged copy in its place, or replace the member with an empty one`;
      return new FatalError(exitCode.dataRefused, text, { reason }, thrown);
    }
    const text = `${why}; at its next start this member starts anew from its cluster's leader`;
    return new FatalError(exitCode.temporary, text, { reason });
  }

  #stepDown(member: QuarantinedMember, done: () => void): void {
    const { memberId, role, progress } = member.view();
    const heir = progress
      .filter((one) => one.member !== memberId && !one.isLearner && one.recentActive)
      .sort((a, b) => b.match - a.match)[0];
    if (role !== "leader" || heir === undefined) {
      done();
      return;
    }
    member.transferTo(heir.member);
    const { clock } = this.#deps;
    const untilMs = clock.monotonicMs() + handOverWaitMs;
    const look = (): void => {
      const isOver = member.view().role !== "leader" || clock.monotonicMs() >= untilMs;
      if (isOver) done();
      else clock.after(stepDownLookMs, look);
    };
    clock.after(stepDownLookMs, look);
  }
}
