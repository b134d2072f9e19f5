/**
 * Streaming standbys that DHP_DATABASE_REPLICAS names: whether they can be read, and how far they lag. The servers do not read from
 * unusable ones.
 */
import { connect, type Sql } from '@dhp/postgres';
import { urlOfReplica, type ReplicaAddress } from '@dhp/postgres/address';
import { finding, well, type Finding } from './finding.ts';
import { sized, told } from './node-checks.ts';

/** Facts that a server reports about itself. */
interface ReplicaFacts {
  readonly isStandby: boolean;
  readonly isPaused: boolean;
  /** The number of its database system, which a copy of the files has, too. */
  readonly system: string;
  /** Bytes of the log: on the disk of the primary, or replayed. */
  readonly reached: number;
}

/** Bytes that a busy standby may be behind for a moment. */
const muchBehind = 64 * 1024 ** 2;

/**
 * @param name of the database
 * @param sql of the primary
 * @param url of the database there
 */
export async function checkReplicas(
  name: string,
  { sql, url, addresses }: { readonly sql: Sql; readonly url: string; readonly addresses: readonly ReplicaAddress[] },
): Promise<readonly Finding[]> {
  if (addresses.length === 0) return [];
  const primary = await factsOf(sql);
  return Promise.all(
    addresses.map(async (address) => {
      const about = `${name}, ${address.name}`;
      try {
        return judgeReplica(about, await askReplica(urlOfReplica(url, address)), primary);
      } catch (error) {
        const { replicaAway } = told().replication;
        return finding(['replication', 'fault', about], replicaAway, { reason: (error as Error).message });
      }
    }),
  );
}

export function judgeReplica(about: string, replica: ReplicaFacts, primary: ReplicaFacts): Finding {
  const { replicaTakesWrites, replicaOfAnother, replicaPaused, replicaBehind } = told().replication;
  if (!replica.isStandby) return finding(['replication', 'fault', about], replicaTakesWrites, {});
  if (replica.system !== primary.system) return finding(['replication', 'fault', about], replicaOfAnother, {});
  if (replica.isPaused) return finding(['replication', 'warning', about], replicaPaused, {});
  const behind = primary.reached - replica.reached;
  if (behind < muchBehind) return well('replication', about);
  return finding(['replication', 'warning', about], replicaBehind, { size: sized(behind) });
}

async function askReplica(url: string): Promise<ReplicaFacts> {
  const sql = connect(url, { max: 1, applicationName: 'dhp doctor', readOnly: true, statementTimeout: 10_000 });
  try {
    return await factsOf(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function factsOf(sql: Sql): Promise<ReplicaFacts> {
  const [row] = await sql<ReplicaFacts[]>`
    select pg_is_in_recovery() as "isStandby",
      case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as "isPaused",
      (select system_identifier::text from pg_control_system()) as system,
      (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end - '0/0'::pg_lsn)::float8
        as reached`;
  return row!;
}
