/** Reads the table of clients, one function a statement. Rows here; the domain's `Client` is in ../clients. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import { clientFields, columnOf, fieldNames, type ClientColumns, type ClientDetails } from '../fields/client-fields.ts';

export interface ClientRow extends ClientColumns {
  client_id: string;
  environment: EnvironmentName;
  public: boolean;
  secret_hash: Buffer | null;
  previous_secret_hash: Buffer | null;
  created_at: Date;
  updated_at: Date;
  /** Null: it waits for approval, which in production it needs. */
  approved_at: Date | null;
  approved_by: string | null;
  /** Null: not known. */
  created_by: string | null;
  /** Actors who have widened it since its approval. */
  widened_by: string[];
  disabled_at: Date | null;
  disabled_reason: string | null;
  /** The registration token by which it registered itself. */
  registered_with: string | null;
  /** Most scopes that the client may give itself; null when an operator registered it. */
  scope_limit: string[] | null;
  registration_hash: Buffer | null;
  details: ClientDetails;
}

/** The fields of a client that token and authorization requests need. */
export interface Registration extends ClientColumns {
  client_id: string;
  /**
   * Changes with every change of the row, by any means: PostgreSQL's own transaction id of the row, and the server, since another server
   * may assign the number again (`sso.server_name`).
   */
  row_version: string;
  environment: EnvironmentName;
  public: boolean;
  secret_hash: Buffer | null;
  previous_secret_hash: Buffer | null;
  /** When each of the secrets expires, in milliseconds since 1970; null: never. */
  secret_ends: number | null;
  previous_secret_ends: number | null;
  disabled: boolean;
  /** The client needs approval in its environment and has none yet. */
  awaits_approval: boolean;
}

/** Columns of the declared fields. */
const columns = fieldNames.map(columnOf);
const columnList = columns.join(', ');
const columnMembers = columns.map((name) => `'${name}', ${name}`).join(', ');

/** An empty registration, for clients that are not in the table. */
export const blankRegistration: Omit<Registration, 'client_id' | 'name'> = {
  ...(Object.fromEntries(
    fieldNames.map((name) => [columnOf(name), emptyColumn(clientFields[name].kind)]),
  ) as unknown as ClientColumns),
  row_version: '',
  environment: 'playground',
  public: false,
  secret_hash: null,
  previous_secret_hash: null,
  secret_ends: null,
  previous_secret_ends: null,
  disabled: false,
  awaits_approval: false,
};

function emptyColumn(kind: (typeof clientFields)[keyof typeof clientFields]['kind']): unknown {
  if (kind === 'flag') return false;
  return kind === 'list' || kind === 'words' ? [] : null;
}

/** The server that a registration was read from. */
export function serverOf({ row_version: version }: Registration): string {
  return version.slice(version.indexOf('.') + 1);
}

/** When the secret with the hash in a column of `sso.client` ends. */
const endOf = (column: string): string =>
  `(select extract(epoch from e.ends_at)::float8 * 1000 from sso.secret_end e where e.secret_hash = client.${column})`;

const ends = `${endOf('secret_hash')} as secret_ends, ${endOf('previous_secret_hash')} as previous_secret_ends`;
const endMembers = `'secret_ends', ${endOf('secret_hash')}, 'previous_secret_ends', ${endOf('previous_secret_hash')}`;

/** Whether it authenticates by signed assertions. */
export function hasKeys({ jwks, jwks_uri: uri }: Pick<Registration, 'jwks' | 'jwks_uri'>): boolean {
  return jwks !== null || uri !== null;
}

/** The registrations of many clients in one statement; clients that do not exist are not in the map. */
export async function selectRegistrations(sql: Session, clientIds: string[]): Promise<Map<string, Registration>> {
  const rows = await sql<Registration[]>`
    select client_id, xmin || '.' || sso.server_name() as row_version, environment, public, ${sql.unsafe(columnList)},
           secret_hash, previous_secret_hash, ${sql.unsafe(ends)}, disabled_at is not null as disabled,
           environment = 'production' and approved_at is null as awaits_approval
    from sso.client
    where client_id = any(${clientIds}::text[])`;
  return new Map(rows.map((row) => [row.client_id, row]));
}

/** Like `selectRegistrations`, for a caller who has read some before: a row that still has the known version is not read again. */
export async function selectChangedRegistrations(
  sql: Session,
  clientIds: readonly string[],
  known: { get(clientId: string): Registration | undefined },
): Promise<Map<string, Registration>> {
  // The current state: `known` may change while the statement runs.
  const before = new Map(clientIds.map((clientId) => [clientId, known.get(clientId)]));
  const versions = clientIds.map((clientId) => before.get(clientId)?.row_version ?? null);
  // The statement is the same whatever is known: its duration must not reveal which clients exist.
  const rows = await sql<{ client_id: string; row_version: string; changed: Json<Registration> | null }[]>`
    select client.client_id, v.row_version,
           case when v.row_version is distinct from w.row_version then jsonb_build_object(
             'environment', environment, 'public', public, ${sql.unsafe(columnMembers)},
             'secret_hash', encode(secret_hash, 'hex'), 'previous_secret_hash', encode(previous_secret_hash, 'hex'),
             ${sql.unsafe(endMembers)}, 'disabled', disabled_at is not null,
             'awaits_approval', environment = 'production' and approved_at is null
           ) end as changed
    from unnest(${clientIds}::text[], ${versions}::text[]) as w (client_id, row_version)
    join sso.client on client.client_id = w.client_id
    cross join lateral (select client.xmin || '.' || sso.server_name() as row_version) v`;
  return new Map(
    rows.map(({ client_id, row_version, changed }) => {
      if (changed === null) return [client_id, before.get(client_id)!];
      const { secret_hash: secret, previous_secret_hash: previous, ...row } = changed;
      const hashes = { secret_hash: bytesOf(secret), previous_secret_hash: bytesOf(previous) };
      return [client_id, { ...row, ...hashes, client_id, row_version }];
    }),
  );
}

type Json<Row> = { [Name in keyof Row]: Row[Name] extends Buffer | null ? string | null : Row[Name] };

function bytesOf(hex: string | null): Buffer | null {
  return hex === null ? null : Buffer.from(hex, 'hex');
}

export async function selectClient(sql: Session, clientId: string): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`select * from sso.client where client_id = ${clientId}`;
  return row;
}

/** Returns the actor who made a client's latest secret, according to the audit trail; undefined if it does not go back so far. */
export async function selectSecretMaker(sql: Session, clientId: string): Promise<string | undefined> {
  const [row] = await sql<{ actor: string | null }[]>`
    select actor from sso.audit_event
    where client_id = ${clientId} and event in ('client.created', 'client.secret-rotated')
    order by recorded desc limit 1`;
  return row?.actor ?? undefined;
}

export async function selectClients(sql: Session): Promise<ClientRow[]> {
  return sql<ClientRow[]>`select * from sso.client order by created_at, client_id`;
}

/** Returns the redirect URIs of the public clients that are not disabled. */
export async function selectPublicRedirectUris(sql: Session): Promise<string[]> {
  const rows = await sql<{ uri: string }[]>`
    select distinct uri from sso.client, unnest(redirect_uris) as uri where public and disabled_at is null`;
  return rows.map(({ uri }) => uri);
}

export type ClientStatus = 'registered' | 'approved' | 'disabled';

export interface ClientFilter {
  /** A part of the name or the id, in any case. */
  q?: string | undefined;
  environment?: EnvironmentName | undefined;
  status?: ClientStatus | undefined;
}

/** In the order of their registration, one more than `count`. @returns undefined if there is no client `after` */
export async function selectClientPage(
  sql: Session,
  { q, environment, status }: ClientFilter,
  { count, after }: { count: number; after?: string | undefined },
): Promise<{ total: number; rows: ClientRow[] } | undefined> {
  const place = after === undefined ? undefined : await selectClient(sql, after);
  if (after !== undefined && place === undefined) return undefined;
  const asked = q?.trim().toLowerCase() ?? '';
  const states = sql`case when disabled_at is not null then 'disabled' when approved_at is null then 'registered' else 'approved' end`;
  const found = sql`
    from sso.client
    where (strpos(lower(name), ${asked}) > 0 or strpos(lower(client_id), ${asked}) > 0)
    ${environment === undefined ? sql`` : sql`and environment = ${environment}`}
    ${status === undefined ? sql`` : sql`and ${states} = ${status}`}`;
  const [counted] = await sql<{ total: number }[]>`select count(*)::int as total ${found}`;
  const rows = await sql<ClientRow[]>`
    select * ${found}
    ${after === undefined ? sql`` : sql`and (created_at, client_id) > (select created_at, client_id from sso.client where client_id = ${after})`}
    order by created_at, client_id limit ${count + 1}`;
  return { total: counted!.total, rows };
}
