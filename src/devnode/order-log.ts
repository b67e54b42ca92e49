/** One line for each order of a master, so that people and tests see what a node was told. */
import type { Logger } from "../base/log.js";

/** Notes an order as it arrives, before anything is made of it. */
export function noteOrder(
  logger: Logger,
  order: "create-shard" | "update-shard" | "delete-shard",
  request: { readonly index_name: string; readonly shard_id: number },
): void {
  const { index_name: index, shard_id: shard } = request;
  logger.info({ event: order, index, shard }, "A master gave an order");
}
