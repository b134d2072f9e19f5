/**
 * Points of the measurement in the order of the table. An operation and its baseline follow each other, so that a disturbance affects both.
 */
import type { Watched } from './cpu.ts';
import type { Load, Run } from './load/measure.ts';
import type { Job } from './load/workloads.ts';
import type { Subject } from './subject.ts';

export const operations = [
  'token',
  'read',
  'create',
  'update',
  'pgbench select',
  'pgbench insert',
  'bare Fastify',
] as const;
export type Operation = (typeof operations)[number];

export const connectionCounts = [1, 16, 64] as const;

/** The order within a round. */
export const order: readonly Operation[] = [
  'token',
  'read',
  'pgbench select',
  'bare Fastify',
  'create',
  'pgbench insert',
  'update',
];

export interface Point {
  readonly operation: Operation;
  readonly connections: number;
}

/** Milliseconds before each count. */
const warmUp = 500;

/** Measures one point once. */
export async function measure(subject: Subject, load: Load, point: Point, seconds: number): Promise<Run> {
  const { operation, connections } = point;
  if (operation === 'pgbench select') return subject.databaseFloor.run('select', connections, seconds);
  if (operation === 'pgbench insert') return subject.databaseFloor.run('insert', connections, seconds);
  const [job, watched] = jobOf(subject, operation, connections, seconds);
  const { run, targets } = await load.run(job, watched);
  if (targets !== undefined) subject.targets = targets;
  return run;
}

/** Creates of one run never carry the identifier of another. */
let serial = 1_000_000;

function jobOf(
  { platform, client, token, ids, targets, httpFloor, watched }: Subject,
  operation: 'token' | 'read' | 'create' | 'update' | 'bare Fastify',
  connections: number,
  seconds: number,
): [Job, Watched] {
  const sso = new URL(platform.urls.sso);
  const fhir = new URL(platform.urls.playground);
  // The platform listens on IPv4; `localhost` would cost a name lookup and may be IPv6.
  const at = (url: URL): { host: string; port: number } => ({ host: '127.0.0.1', port: Number(url.port) });
  const common = { connections, warmUp, duration: seconds * 1000 };
  const path = `${fhir.pathname}/Patient`;
  const paths = (base: string): string[] => ids.map((id) => `${base}/${id}`);
  switch (operation) {
    case 'token': {
      const { client_id, client_secret } = client;
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }).toString();
      return [{ ...common, ...at(sso), kind: 'token', path: '/oauth/token', forms: [form] }, watched];
    }
    case 'read':
      return [{ ...common, ...at(fhir), kind: 'get', paths: paths(path), token }, watched];
    case 'create':
      serial += 10_000_000;
      return [{ ...common, ...at(fhir), kind: 'create', path, token, serial }, watched];
    case 'update':
      return [{ ...common, ...at(fhir), kind: 'update', path, token, targets }, watched];
    case 'bare Fastify': {
      const job: Job = { ...common, host: '127.0.0.1', port: httpFloor.port, kind: 'get', paths: paths('/Patient') };
      return [job, { server: httpFloor.pid }];
    }
  }
}
