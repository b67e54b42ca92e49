/** Bounds of the demo, each with its unit. */

/** From the start until everything is green, with --once. */
export const greenBudgetMs = 60_000;
/** How often the cluster state is asked for. */
export const pollIntervalMs = 250;
export const callDeadlineMs = 2000;
/** How long a child may take to end before it is killed. */
export const childStopBudgetMs = 4000;
/** A child that somebody killed is started again after this long. */
export const childRestartMs = 10_000;
/** Lines of a child's log shown when the demo fails. */
export const logTailLines = 15;
/** Shards of the demo's index; it has one replica where there are two nodes. */
export const demoShards = 5;
/** Folders tried before the demo gives up to find a fresh one. */
export const foldersMax = 100;
