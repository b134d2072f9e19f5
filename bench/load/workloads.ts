/** Kinds of load: each makes its requests and checks the answers. */
import { patient } from '../patient.ts';
import { batch, transaction } from '../transactions.ts';
import type { Response } from './connection.ts';

/** A resource and its last known version. */
export interface Target {
  readonly id: string;
  version: number;
}

export type Job = {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** Milliseconds before the count begins. */
  readonly warmUp: number;
  /** Duration of the measurement in milliseconds. */
  readonly duration: number;
  /** This many requests in all and no window: they begin when the parent says `go`. */
  readonly requests?: number;
  /**
   * Requests per second of all connections together, however long the answers take; absent: each request follows the previous answer at
   * once.
   */
  readonly rate?: number;
} & (
  | { readonly kind: 'get'; readonly paths: readonly string[]; readonly token?: string }
  | { readonly kind: 'create' | 'validate'; readonly path: string; readonly token: string; readonly serial: number }
  | {
      readonly kind: 'transaction' | 'batch';
      readonly path: string;
      readonly token: string;
      readonly resources: number;
      readonly serial: number;
    }
  | { readonly kind: 'update'; readonly path: string; readonly token: string; readonly targets: Target[] }
  /** Forms of the token endpoint, in turn. */
  | { readonly kind: 'token'; readonly path: string; readonly forms: readonly string[] }
  /** Forms that are valid only once. */
  | { readonly kind: 'exchange'; readonly path: string; readonly forms: readonly string[] }
  /** A refresh token for each connection, which then uses the next one it receives. */
  | { readonly kind: 'refresh'; readonly path: string; readonly clientId: string; readonly tokens: readonly string[] }
);

export interface Workload {
  /** Whether `isRight` needs the bodies of successful answers too. */
  readonly readsBodies?: boolean;
  /** The next request of a connection; undefined if there are no more. */
  next(connection: number): string | Uint8Array | undefined;
  /** Whether the answer is the expected one. */
  isRight(connection: number, response: Response): boolean;
}

/** The workload of a job. */
export function workloadOf(job: Job): Workload {
  switch (job.kind) {
    case 'get':
      return get(job.paths, job.token, job);
    case 'create':
    case 'validate':
      return create(job);
    case 'transaction':
    case 'batch':
      return bundles(job);
    case 'update':
      return update(job);
    case 'token':
      return token(job);
    case 'exchange':
      return exchange(job);
    case 'refresh':
      return refresh(job);
  }
}

const authority = ({ host, port }: Job): string => `Host: ${host}:${port}\r\n`;
const bearer = (token: string | undefined): string => (token === undefined ? '' : `Authorization: Bearer ${token}\r\n`);
const fhirBody = (length: number): string => `Content-Type: application/fhir+json\r\nContent-Length: ${length}\r\n\r\n`;

/** Reads in another order than that of writing: neither is every page cold, nor is one page hot. */
function get(paths: readonly string[], token: string | undefined, job: Job): Workload {
  const requests = paths.map((path) =>
    Buffer.from(`GET ${path} HTTP/1.1\r\n${authority(job)}${bearer(token)}Accept: application/fhir+json\r\n\r\n`),
  );
  let random = 1;
  return {
    next: () => {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      return requests[random % requests.length]!;
    },
    isRight: (_, { status }) => status === 200,
  };
}

function create(job: Job & { kind: 'create' | 'validate' }): Workload {
  const head = `POST ${job.path} HTTP/1.1\r\n${authority(job)}${bearer(job.token)}`;
  let serial = job.serial;
  return {
    next: () => {
      const body = patient(serial++, 0);
      return `${head}${fhirBody(Buffer.byteLength(body))}${body}`;
    },
    isRight: (_, { status }) => status === (job.kind === 'create' ? 201 : 200),
  };
}

function bundles(job: Job & { kind: 'transaction' | 'batch' }): Workload {
  const make = job.kind === 'batch' ? batch : transaction;
  const head = `POST ${job.path} HTTP/1.1\r\n${authority(job)}${bearer(job.token)}`;
  let serial = job.serial;
  return {
    next: () => {
      const body = make(job.resources, serial);
      serial += job.resources;
      return `${head}${fhirBody(Buffer.byteLength(body))}${body}`;
    },
    isRight: (_, { status }) => status === 200,
  };
}

/** Each connection has separate resources and updates them in turn, so that the current version is known for each update. */
function update(job: Job & { kind: 'update' }): Workload {
  const share = Math.floor(job.targets.length / job.connections);
  const turns = new Int32Array(job.connections);
  const targetOf = (connection: number): Target => job.targets[connection * share + turns[connection]!]!;
  const common = `${authority(job)}${bearer(job.token)}`;
  return {
    next: (connection) => {
      const { id, version } = targetOf(connection);
      const body = patient(connection, version, id);
      const head = `PUT ${job.path}/${id} HTTP/1.1\r\n${common}If-Match: W/"${version}"\r\n`;
      return `${head}${fhirBody(Buffer.byteLength(body))}${body}`;
    },
    isRight: (connection, { status, head }) => {
      const target = targetOf(connection);
      turns[connection] = (turns[connection]! + 1) % share;
      const version = Number(/\r\netag: W\/"(\d+)"/i.exec(head)?.[1]);
      if (status !== 200 || version !== target.version + 1) return false;
      target.version = version;
      return true;
    },
  };
}

function formRequest(job: Job & { path: string }, form: string): string {
  const head = `POST ${job.path} HTTP/1.1\r\n${authority(job)}Content-Type: application/x-www-form-urlencoded\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(form)}\r\n\r\n${form}`;
}

function token(job: Job & { kind: 'token' }): Workload {
  const requests = job.forms.map((form) => Buffer.from(formRequest(job, form)));
  let turn = 0;
  return { next: () => requests[turn++ % requests.length]!, isRight: (_, { status }) => status === 200 };
}

function exchange(job: Job & { kind: 'exchange' }): Workload {
  const requests = job.forms.values();
  return {
    next: () => {
      const { value } = requests.next();
      return value === undefined ? undefined : formRequest(job, value);
    },
    isRight: (_, { status }) => status === 200,
  };
}

function refresh(job: Job & { kind: 'refresh' }): Workload {
  const tokens = [...job.tokens];
  return {
    readsBodies: true,
    next: (connection) => {
      const form = { grant_type: 'refresh_token', client_id: job.clientId, refresh_token: tokens[connection]! };
      return formRequest(job, new URLSearchParams(form).toString());
    },
    isRight: (connection, { status, body }) => {
      if (status !== 200) return false;
      const { refresh_token: next } = JSON.parse(body) as { refresh_token?: string };
      if (next === undefined || next === tokens[connection]) return false;
      tokens[connection] = next;
      return true;
    },
  };
}
