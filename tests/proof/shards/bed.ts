/** A FHIR server whose database is spread over a coordinator and two workers. */
import { startServer, type TestServer } from '../../../apps/fhir/test/environment.ts';
import { migrations } from '../../../packages/fhir-store/src/index.ts';
import { distribute } from '../../../packages/fhir-store/src/placement/distribute.ts';
import { connect, migrate, type Sql } from '../../../packages/postgres/src/index.ts';
import { startCluster, startOne, type Cluster } from '../../distributed/cluster.ts';
import type { Send } from '../../distributed/load/client.ts';

export interface Bed {
  readonly cluster: Cluster;
  readonly server: TestServer;
  /** Of the owner, with several connections. */
  readonly owner: Sql;
  readonly send: Send;
  /** Words of PostgreSQL behind an answer that names an incident. */
  causeOf(answer: string): string;
  close(): Promise<void>;
}

export const shards = 8;

export async function openBed(): Promise<Bed> {
  const cluster = await startCluster({ workers: 2 });
  const setup = connect(cluster.url, { max: 1 });
  await migrate(setup, migrations);
  await distribute(setup, { shards }).finally(() => setup.end());
  return { ...(await serve(cluster, `${cluster.url}?plan_cache_mode=force_custom_plan`)), cluster };
}

/** The same on one server, for what it costs there. */
export async function openOne(): Promise<Omit<Bed, 'cluster'> & Pick<Cluster, 'servers'>> {
  const one = await startOne();
  const setup = connect(one.url, { max: 1 });
  await migrate(setup, migrations).finally(() => setup.end());
  return { ...(await serve(one, one.url)), servers: one.servers };
}

async function serve(cluster: Pick<Cluster, 'url' | 'close'>, url: string): Promise<Omit<Bed, 'cluster'>> {
  const owner = connect(cluster.url, { max: 2 });
  const causes = new Map<string, string>();
  const write = (line: string): void => {
    const { incident, err } = JSON.parse(line) as { incident: string; err: { message: string } };
    causes.set(incident, err.message);
  };
  const options = {
    requireIfMatch: false,
    validation: { level: 'off' },
    logger: { level: 'error', stream: { write } },
  } as const;
  const server = await startServer(options, () => url);
  return {
    ...{ server, owner },
    send: (method, path, body, headers = {}) =>
      server.request(method, path, {
        headers: { ...(body !== undefined && { 'content-type': 'application/fhir+json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    causeOf(answer) {
      const [, incident] = /Incident ([\da-f-]{36})/.exec(answer) ?? [];
      return (incident !== undefined && causes.get(incident)) || answer;
    },
    async close() {
      await server.close();
      await owner.end();
      await cluster.close();
    },
  };
}

/** Rows of resources that the directory does not know so, or knows and that are not there. */
export async function rowsApart({ owner }: Bed): Promise<number> {
  const [row] = await owner<{ n: number }[]>`
    with r as materialized (select ty, id, rid, shard from fhir.resource offset 0)
    select count(*)::int as n from r full join fhir.identity d using (ty, id, rid, shard) where r.rid is null or d.rid is null`;
  return row!.n;
}
