/**
 * Errors of several nodes, as Citus raises them at the node that clients use. They are classified by the state of the stored data
 * afterwards. docs/decisions/0141-errors-of-several-nodes.md
 */
import { PostgresError } from '@dhp/postgres/errors';

/** Words of the context that Citus adds to errors of other nodes. */
const remote = 'while executing command on ';

/** Beginnings of Citus' messages about a shard that is not at its known place; they have no SQLSTATE of their own. */
const moved = [
  'could not find valid entry for shard',
  'could not find any healthy placement for shard ',
  'could not find any shard placements for shardId ',
  'no active placements were found for shard ',
  'cannot find a worker that has active placements for all shards in the query',
];

/** Messages of PostgreSQL on another node: the remains of a shard were removed while a statement or function was about to read it. */
const removed = ['could not open relation with OID ', 'cache lookup failed for '];

/**
 * A statement was planned before a shard went to another node, and carried out behind that: parts of it met a node that has no rows, or no result of
 * another part, for them. All of it is rolled back, and planned again it finds the shard.
 */
export function isMovedShard(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return false;
  // Citus' own code: a node lacks this intermediate result. It was sent to the former place of the shard.
  if (error.code === 'CIINF') return true;
  const isRemote = error.where?.includes(remote) === true;
  // undefined_table: the remains of a shard were removed from its former place. A table that is also unknown at the node that clients use
  // is another error.
  if (error.code === '42P01') return isRemote;
  return error.code === 'XX000' && (begins(error, moved) || (isRemote && begins(error, removed)));
}

function begins({ message }: PostgresError, words: readonly string[]): boolean {
  return words.some((each) => message.startsWith(each));
}

/** Beginnings of Citus' messages for statements that it cannot plan over nodes. */
const withoutPlan =
  /^(cannot push ?down|correlated subqueries are not|complex joins are only|cannot perform distributed planning|cannot handle complex|cannot compute|could not create distributed plan|recursive CTEs are only|CTEs that refer|unsupported clause)/;

/** The same, where its planner finds it out by itself: internal_error. */
const withoutPlanEither = /^(plan should not reference subplan's variable|subquery \w+ does not have attribute)/;

/**
 * Whether Citus cannot plan a statement over nodes, whatever is stored. The message decides, since the server has no code for it, and its
 * own code 0A000 also names unsupported features.
 */
export function isWithoutPlan(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return false;
  const { code, message } = error;
  return code === '0A000' ? withoutPlan.test(message) : code === 'XX000' && withoutPlanEither.test(message);
}

/**
 * Beginnings of Citus' messages about a node that failed during a statement, if it passes no SQLSTATE on. PostgreSQL itself uses none of
 * them with these codes.
 */
const lost: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'XX000',
    [
      'failure on connection marked as essential', // between the last statement and the commit
      'failed to prepare transaction',
      'failed to assign ', // tasks to nodes
      'failed to read result "', // that a part of the statement has left on another node
      'failed to send ',
      'connection to the remote node ',
      'connection establishment for node ',
      'connection not open',
      'could not connect to any active placements',
      'could not establish any connections to the node ',
      'could not establish connection after ',
      'could not find an available connection',
      'cannot connect to ',
      'node group ', // … does not have a primary node: another is being promoted
      // The last words of libpq, and of a node that is killed while rows are copied to it.
      'terminating connection ',
      'server closed the connection unexpectedly',
      'could not receive data from server',
      'could not send data to server',
      'lost synchronization with server',
      'no connection to the server',
      'SSL ',
    ],
  ],
  ['58030', ['failed to complete COPY on ', 'failed to COPY to shard ']],
]);

/**
 * SQLSTATEs of a node that is away, shuts down, begins, or is not the primary yet, as an error of a statement: the session with the node that clients speak to goes
 * on. connection_exception, admin_shutdown and its like, and, of another node alone, read_only_sql_transaction.
 */
const away = /^(08|57P0)/;

/**
 * Whether a node is unreachable, or was lost during a transaction, which is rolled back; reads may be repeated. The error has the SQLSTATE
 * of a lost connection, which is that to the node, for the server continues; or none, and then the message decides.
 */
export function isLostNode(error: unknown): boolean {
  if (!(error instanceof PostgresError) || error.severity !== 'ERROR') return false;
  if (away.test(error.code)) return error.code !== '57P03' || error.where?.includes(remote) === true;
  if (error.code === '25006') return error.where?.includes(remote) === true;
  return begins(error, lost.get(error.code) ?? []);
}

/**
 * Whether the only node that a transaction has changed was sent the commit and did not answer, so that the outcome is unknown. With several
 * changed nodes this cannot happen: they have prepared their parts.
 */
export function isCommitUnknown(error: unknown): boolean {
  if (!(error instanceof PostgresError) || error.code !== 'XX000') return false;
  return begins(error, ['could not commit transaction for shard', 'failed to commit transaction on ']);
}
