/** The audit trail for operators, one function for each statement: the newest first, with filters. */
import type { Session, Sql } from '@dhp/postgres';
import { listed, type Listed } from '@dhp/sso-kit';

export interface AuditRow {
  id: string;
  recorded: Date;
  event: string;
  reason: string | null;
  client_id: string | null;
  client_name: string | null;
  actor: string | null;
  /** Name of the acting person, if it was one. */
  actor_name: string | null;
  address: string | null;
  account_id: string | null;
  username: string | null;
  account_name: string | null;
}

export interface AuditAsked {
  /** Kinds of events; empty: any. */
  events: readonly string[];
  clientId?: string | undefined;
  actor?: string | undefined;
  accountId?: string | undefined;
  /** An address, or a network in CIDR notation. */
  address?: string | undefined;
  correlationId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Older than this one. */
  before?: string | undefined;
  limit: number;
}

/** Limit of a search for rare events among many: it must not hold a connection, and the page then asks to narrow it down. */
const patience = '3s';

export async function selectAuditPage(sql: Sql, o: AuditAsked): Promise<Listed<AuditRow>> {
  const rows = await sql.begin('read only', async (begun) => {
    await begun.unsafe(`set local statement_timeout = '${patience}'`);
    const sought = { ...o, ids: await idsOfRequest(begun, o.correlationId) };
    return begun<AuditRow[]>`
      select e.id, e.recorded, e.event, e.reason, e.client_id, c.name as client_name, e.actor, o.name as actor_name,
             host(e.address) as address, e.account_id, a.username, a.name as account_name
      from (${found(begun, sought)}) e
      left join sso.client c on c.client_id = e.client_id
      left join sso.account a on a.account_id = e.account_id
      left join sso.account o on o.account_id = ${operatorOf(sql)}
      order by e.id desc limit ${o.limit + 1}`;
  });
  return listed(rows, o.limit);
}

/** The same events as the chain holds them: their columns as JSON, times in UTC. */
export async function selectAuditContents(sql: Sql, o: AuditAsked): Promise<string[]> {
  const rows = await sql.begin('read only', async (begun) => {
    await begun`set local time zone 'UTC'`;
    await begun`set local statement_timeout = '20s'`;
    const sought = { ...o, ids: await idsOfRequest(begun, o.correlationId) };
    return begun<{ content: string }[]>`
      select jsonb_strip_nulls(to_jsonb(e) - 'transaction_id')::text as content
      from (${found(begun, sought)}) e
      order by e.id desc limit ${o.limit}`;
  });
  return rows.map(({ content }) => content);
}

/** How much earlier or later than its neighbours an event may be recorded: commits take their time. */
const slack = '1 hour';

/** The id of the administering person; null if it was not a person. */
const operatorOf = (sql: Sql): ReturnType<Sql> => sql`
  case when e.actor ~ '^account:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then substr(e.actor, 9)::uuid end`;

/**
 * The events of one request; undefined if no request is given. The planner treats the filters of block ranges as useless if a column is in
 * no order, and would read the whole table: that is disabled here.
 */
async function idsOfRequest(begun: Session, correlationId: string | undefined): Promise<string[] | undefined> {
  if (correlationId === undefined) return undefined;
  await begun`select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)`;
  const rows = await begun<{ id: string }[]>`
    select id from sso.audit_event where correlation_id = ${correlationId} limit 10000`;
  await begun`select set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'on', true)`;
  return rows.map(({ id }) => id);
}

/** One more than the limit of them, as a subquery. */
function found(sql: Session, o: AuditAsked & { ids: readonly string[] | undefined }): ReturnType<Sql> {
  const conditions = [
    o.clientId === undefined ? sql`` : sql`and e.client_id = ${o.clientId}`,
    o.actor === undefined ? sql`` : sql`and e.actor = ${o.actor}`,
    o.accountId === undefined ? sql`` : sql`and e.account_id = ${o.accountId}`,
    o.address === undefined ? sql`` : sql`and e.address <<= ${o.address}::text::inet`,
    o.since === undefined
      ? sql``
      : sql`and e.recorded >= ${o.since} and e.id >= sso.first_audit_id(${o.since}::timestamptz - ${slack}::interval)`,
    o.until === undefined
      ? sql``
      : sql`and e.recorded < ${o.until} and e.id < sso.first_audit_id(${o.until}::timestamptz + ${slack}::interval)`,
    o.before === undefined ? sql`` : sql`and e.id < ${o.before}::bigint`,
  ];
  const all = conditions.reduce((sofar, condition) => sql`${sofar} ${condition}`, sql``);
  const kinds = o.events.length === 0 ? sql`` : sql`and e.event = any(${[...o.events]}::text[])`;
  const newest = sql`order by e.id desc limit ${o.limit + 1}`;
  if (o.ids !== undefined) {
    return sql`
      select e.* from sso.audit_event e where e.id = any(${[...o.ids]}::text[]::bigint[]) ${all} ${kinds} ${newest}`;
  }
  // Events of one person or client are read in their order; several kinds are read each in its own order, up to one page.
  const isOfOne = [o.clientId, o.actor, o.accountId].some((one) => one !== undefined);
  if (o.events.length === 0 || isOfOne) {
    return sql`select e.* from sso.audit_event e where true ${all} ${kinds} ${newest}`;
  }
  // Issued tokens have no index of their kind: they are most of the table, and its order serves.
  const others = o.events.filter((event) => event !== 'token.issued');
  const tokens =
    others.length === o.events.length
      ? sql``
      : sql`union all (select e.* from sso.audit_event e where e.event = 'token.issued' ${all} ${newest})`;
  return sql`
    select * from (
      select e.* from unnest(${others}::text[]) as kind (event) cross join lateral (
        select e.* from sso.audit_event e where e.event = kind.event and e.event <> 'token.issued' ${all} ${newest}) e
      ${tokens}) found`;
}

/** An event with its link of the chain, and the one before it. */
export interface AuditDetail extends AuditRow {
  jti: string | null;
  scope: string | null;
  correlation_id: string | null;
  /** In the form that is hashed. */
  content: string;
  /** Null: it is not chained yet. */
  position: string | null;
  hash: Buffer | null;
  hash_before: Buffer | null;
}

export async function selectAuditDetail(sql: Sql, id: string): Promise<AuditDetail | undefined> {
  return sql.begin('read only', async (begun) => {
    await begun`set local time zone 'UTC'`;
    const [row] = await begun<AuditDetail[]>`
      select e.id, e.recorded, e.event, e.reason, e.client_id, c.name as client_name, e.actor, o.name as actor_name,
             host(e.address) as address, e.account_id, a.username, a.name as account_name, e.jti, e.scope, e.correlation_id,
             jsonb_strip_nulls(to_jsonb(e) - 'transaction_id')::text as content,
             l.position, l.hash, b.hash as hash_before
      from sso.audit_event e
      left join sso.client c on c.client_id = e.client_id
      left join sso.account a on a.account_id = e.account_id
      left join sso.account o on o.account_id = ${operatorOf(sql)}
      left join sso.audit_chain l on l.event_id = e.id
      left join sso.audit_chain b on b.position = l.position - 1
      where e.id = ${id}::bigint`;
    return row;
  });
}
