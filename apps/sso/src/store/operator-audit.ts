/** The audit trail as operators read it, one function a statement: the newest first, by what they look for. */
import type { Sql } from '@dhp/postgres';
import { listed, type Listed } from './operator-lists.ts';

export interface AuditRow {
  id: string;
  recorded: Date;
  event: string;
  reason: string | null;
  client_id: string | null;
  client_name: string | null;
  actor: string | null;
  address: string | null;
  account_id: string | null;
  username: string | null;
  account_name: string | null;
}

export interface AuditAsked {
  /** Of these kinds; empty: of any. */
  events: readonly string[];
  clientId: string | undefined;
  actor: string | undefined;
  accountId: string | undefined;
  address: string | undefined;
  since: Date | undefined;
  until: Date | undefined;
  /** Older than this one. */
  before: string | undefined;
  limit: number;
}

/** How much earlier or later than its neighbours an event may be recorded: commits take their time. */
const slack = '1 hour';

export async function selectAuditPage(sql: Sql, o: AuditAsked): Promise<Listed<AuditRow>> {
  const conditions = [
    o.clientId === undefined ? sql`` : sql`and e.client_id = ${o.clientId}`,
    o.actor === undefined ? sql`` : sql`and e.actor = ${o.actor}`,
    o.accountId === undefined ? sql`` : sql`and e.account_id = ${o.accountId}`,
    o.address === undefined ? sql`` : sql`and e.address <<= ${o.address}::inet`,
    o.since === undefined
      ? sql``
      : sql`and e.recorded >= ${o.since} and e.id >= sso.first_audit_id(${o.since}::timestamptz - ${slack}::interval)`,
    o.until === undefined
      ? sql``
      : sql`and e.recorded < ${o.until} and e.id < sso.first_audit_id(${o.until}::timestamptz + ${slack}::interval)`,
    o.before === undefined ? sql`` : sql`and e.id < ${o.before}::bigint`,
  ];
  const all = conditions.reduce((sofar, condition) => sql`${sofar} ${condition}`, sql``);
  const isOfOne = [o.clientId, o.actor, o.accountId].some((one) => one !== undefined);
  const kinds = o.events.length === 0 ? sql`` : sql`and e.event = any(${[...o.events]}::text[])`;
  // Issued tokens have no index of their kind: they are most of the table, and its order serves.
  const others = o.events.filter((event) => event !== 'token.issued');
  const ofOthers = sql`
    select e.* from unnest(${others}::text[]) as kind (event) cross join lateral (
      select e.* from sso.audit_event e where e.event = kind.event and e.event <> 'token.issued' ${all}
      order by e.id desc limit ${o.limit + 1}) e`;
  const tokens =
    others.length === o.events.length
      ? sql``
      : sql`union all (select e.* from sso.audit_event e where e.event = 'token.issued' ${all}
                       order by e.id desc limit ${o.limit + 1})`;
  // What one person or client did is read in that order; of several kinds each in its own, as far as a page goes.
  const found =
    o.events.length === 0 || isOfOne
      ? sql`select e.* from sso.audit_event e where true ${all} ${kinds} order by e.id desc limit ${o.limit + 1}`
      : sql`select * from (${ofOthers} ${tokens}) found`;
  // What is rare among much that was looked through must not hold a connection: the page says then to narrow it down.
  const rows = await sql.begin('read only', async (begun) => {
    await begun`set local statement_timeout = '3s'`;
    return begun<AuditRow[]>`
      select e.id, e.recorded, e.event, e.reason, e.client_id, c.name as client_name, e.actor, host(e.address) as address,
             e.account_id, a.username, a.name as account_name
      from (${found}) e
      left join sso.client c on c.client_id = e.client_id
      left join sso.account a on a.account_id = e.account_id
      order by e.id desc limit ${o.limit + 1}`;
  });
  return listed(rows, o.limit);
}
