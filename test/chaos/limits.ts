/** Bounds of a chaos run, and how long its parts may take. */
/** Members that run at a time, and places for them: one more, for a newcomer. */
export const membersCount = 3;
export const placesCount: number = membersCount + 1;

export const minutesMax: number = 24 * 60;
export const failoverKillsCountMax = 10_000;
/** From here on every kind of fault must have happened. */
export const allKindsMinutesMin = 5;

/** What a member's disk holds, with the reserve below which a member counts as nearly full. */
export const diskBytes: number = 256 * 1024 * 1024;
export const clientsCount = 8;
/** Names that clients fight over at a time. */
export const activeNamesCount = 4;
/** Calls about one name before another takes its place: the judge's work grows with them. */
export const callsPerNameMax = 150;
export const callTimeoutMs = 3000;
/** Between two calls of a client, and after one that failed. */
export const thinkMs = 15;
export const backOffMs = 150;
/** Between two reads of the names that are fought over, and of everything. */
export const partReadEveryMs = 500;
export const wholeReadEveryMs = 20_000;

/** Between the end of a member by itself and its next start, as a service manager would do it. */
export const restartAfterMs = 300;
/** How long a cluster may take to form, and to agree once all faults are over. */
export const formWithinMs = 30_000;
export const healWithinMs = 60_000;
/** How long an operator's call and a replacement may take. */
export const adminTimeoutMs = 8000;
export const replaceWithinMs = 25_000;
