/**
 * The door to databases of several nodes, for operators: moving to several nodes, placement of shards, and state of the nodes.
 * docs/operations/distributed.md
 */
export { bytesCopied, distribute, knowsPatientShards, type MovedTable, movedTables } from './placement/distribute.ts';
export {
  addNode,
  coordinatorFacts,
  type CoordinatorFacts,
  makeExtension,
  nameCoordinator,
  nodeSettings,
  type NodeSettings,
  type Place,
  removeNode,
} from './placement/nodes.ts';
export {
  cancelRebalance,
  keepShardsAway,
  plannedMoves,
  type RebalanceState,
  rebalanceState,
  shardGroups,
  startRebalance,
} from './placement/shards.ts';
export { isSpread, spreadFacts, type SpreadFacts, type SpreadNode } from './placement/spread-facts.ts';
