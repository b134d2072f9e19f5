/**
 * Errors of several nodes, as Citus raises them at the node that clients speak to. They are told apart by what is stored afterwards.
 * docs/decisions/0141-errors-of-several-nodes.md
 */
import { PostgresError } from '@dhp/postgres/errors';

/**
 * A statement was planned before a shard went to another node, and carried out behind that: parts of it met a node that has no rows, or no result of
 * another part, for them. All of it is rolled back, and planned anew it finds the shard.
 */
export function isMovedShard(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return false;
  // Citus' own: a node has no such intermediate result. It was sent to where the shard was.
  if (error.code === 'CIINF') return true;
  // undefined_table: what is left of a shard is removed from where it was. Not one that the node that clients speak to does not know either.
  return error.code === '42P01' && error.where?.includes('while executing command on ') === true;
}

/** How Citus begins what it has no plan over nodes for. */
const withoutPlan =
  /^(cannot push ?down|correlated subqueries are not|complex joins are only|cannot perform distributed planning|cannot handle complex|cannot compute|could not create distributed plan|recursive CTEs are only|CTEs that refer|unsupported clause)/;

/** The same, where its planner finds it out by itself: internal_error. */
const withoutPlanEither = /^(plan should not reference subplan's variable|subquery \w+ does not have attribute)/;

/** Citus has no plan over nodes for a statement, whatever is stored. The words decide, for the server has no name for it, and features of its own that it has not. */
export function isWithoutPlan(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return false;
  const { code, message } = error;
  return code === '0A000' ? withoutPlan.test(message) : code === 'XX000' && withoutPlanEither.test(message);
}

/** How Citus begins what it says of a node that failed under a statement, where it hands on no SQLSTATE. The server itself says none of them with these. */
const lost: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'XX000',
    [
      'failure on connection marked as essential', // between the last statement and the commit
      'failed to prepare transaction',
      'terminating connection ', // the last words of a node that is killed, while rows are copied to it
      'server closed the connection unexpectedly',
      'could not connect to any active placements',
      'cannot connect to ',
    ],
  ],
  ['58030', ['failed to complete COPY on ', 'failed to COPY to shard ']],
]);

/**
 * A node is away, or was lost under a transaction, which is rolled back; what asks the others may be asked again. It has the SQLSTATE of a lost connection, which is
 * that to the node, for the server goes on; or none, and then the words decide.
 */
export function isLostNode(error: unknown): boolean {
  if (!(error instanceof PostgresError) || error.severity !== 'ERROR') return false;
  const { code, message } = error;
  return code === '08006' || lost.get(code)?.some((words) => message.startsWith(words)) === true;
}

/**
 * The only node that a transaction has changed was sent its commit, and did not answer it, so nobody knows whether it was carried out. Over several
 * nodes this cannot be: they have prepared what they commit.
 */
export function isCommitUnknown(error: unknown): boolean {
  if (!(error instanceof PostgresError) || error.code !== 'XX000') return false;
  return error.message.startsWith('could not commit transaction for shard');
}
