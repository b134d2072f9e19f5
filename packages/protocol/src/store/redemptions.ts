/** Reads everything about a code or refresh token in one statement, and writes its use together with the new artifacts. */
import type { Session } from '@dhp/postgres';
import { personColumnsOf, type AccountRow, type Identity, accountColumns, choiceColumn } from '@dhp/accounts/rows';
import type { ArtifactRow, NewArtifact } from '@dhp/grants/artifacts';
import { basisColumn, type GrantBasis } from './grant-basis.ts';
import type { LaunchContext } from './launches.ts';

export interface TokenName {
  model: string;
  idHash: Buffer;
}

/** Data of one code or refresh token that has not expired. */
export interface Redemption {
  artifact: ArtifactRow;
  /** Whether the person is still signed in at this client. */
  signedIn: boolean;
  /** Its grant; absent when it was revoked. */
  grant?: ArtifactRow & { id_hash: Buffer };
  /** The person, disabled or not. */
  account?: Omit<AccountRow, 'password_hash' | 'password_expires_at' | 'updated_at'>;
  /** Context of the application's launch. */
  launch?: LaunchContext;
  /** Basis of the grant; absent for a grant from before it was stored. */
  basis?: GrantBasis;
  /** Whether the person has a role in the environment of the client now. */
  hasRole: boolean;
}

interface Row
  extends
    Omit<AccountRow, 'password_hash' | 'password_expires_at' | 'updated_at' | 'account_id' | 'identities'>,
    ArtifactRow {
  n: number;
  signed_in: boolean;
  grant_hash: Buffer | null;
  grant_content: Buffer;
  grant_consumed_at: Date | null;
  account_id: string | null;
  identities: Identity[];
  launch: LaunchContext | null;
  basis: GrantBasis | null;
  has_role: boolean;
}

/** In the order of the names; undefined for tokens that do not exist or have expired. */
export async function selectRedemptions(
  sql: Session,
  names: readonly TokenName[],
  now: Date,
): Promise<(Redemption | undefined)[]> {
  const rows = await sql<Row[]>`
    select w.n::int as n, t.content, t.uid, t.consumed_at,
           exists (select from sso.session_client c
                   join sso.artifact s on s.model = 'Session' and s.uid = c.session_uid
                   where c.session_uid = t.uid and c.client_id = t.client_id
                     and s.account_id = t.account_id and s.expires_at > ${now}) as signed_in,
           g.id_hash as grant_hash, g.content as grant_content, g.consumed_at as grant_consumed_at,
           ${accountColumns(sql)},
           ${choiceColumn(sql)} as launch,
           ${basisColumn(sql)} as basis,
           exists (select from sso.account_role r join sso.client c on c.environment = r.environment
                   where r.account_id = p.account_id and c.client_id = t.client_id) as has_role
    from unnest(${names.map(({ model }) => model)}::text[], ${bytesOf(names.map(({ idHash }) => idHash))}::text[]::bytea[])
         with ordinality as w (model, id_hash, n)
    join sso.artifact t on t.model = w.model and t.id_hash = w.id_hash and t.expires_at > ${now}
    left join sso.artifact g on g.model = 'Grant' and g.id_hash = sha256(convert_to(t.grant_id, 'UTF8')) and g.expires_at > ${now}
    left join sso.account p on p.account_id = t.account_id::uuid
    left join sso.launch l on l.grant_hash = g.id_hash
    left join sso.grant_basis b on b.grant_hash = g.id_hash`;
  const found: (Redemption | undefined)[] = names.map(() => undefined);
  for (const row of rows) found[row.n - 1] = redemptionOf(row);
  return found;
}

function redemptionOf(row: Row): Redemption {
  const { content, uid, consumed_at, grant_hash, account_id, launch, basis } = row;
  const { username, created_at, disabled_at, disabled_reason, is_test, identities } = row;
  return {
    artifact: { content, uid, consumed_at },
    signedIn: row.signed_in,
    ...(grant_hash !== null && {
      grant: { id_hash: grant_hash, content: row.grant_content, uid: null, consumed_at: row.grant_consumed_at },
    }),
    ...(account_id !== null && {
      account: {
        ...{ account_id, username, ...personColumnsOf(row), created_at, disabled_at, disabled_reason, is_test },
        ...{ credentials_version: row.credentials_version, identities },
      },
    }),
    ...(launch !== null && { launch }),
    ...(basis !== null && { basis }),
    hasRole: row.has_role,
  };
}

/** The first use of an artifact, or another use within `grace` milliseconds of it; with 0, only one use. */
export interface Use extends TokenName {
  now: Date;
  grace: number;
}

export interface Exchange {
  used: Use;
  /** Written if the use counts. */
  made: NewArtifact;
}

/**
 * Uses up each token and writes the artifacts made from it, all in one transaction.
 * @returns for each whether it could be used: of parallel uses beyond the grace, one gets true
 */
export async function exchange(sql: Session, exchanges: readonly Exchange[]): Promise<boolean[]> {
  const done: boolean[] = exchanges.map(() => false);
  let waiting = exchanges.map((_, index) => index);
  while (waiting.length > 0) {
    // Two uses of a token in one statement would count as one, so the second needs another statement.
    const seen = new Set<string>();
    const now = waiting.filter((index) => {
      const { model, idHash } = exchanges[index]!.used;
      const name = `${model} ${idHash.toString('latin1')}`;
      return seen.size < seen.add(name).size;
    });
    for (const n of await exchangeDistinct(sql, now, exchanges)) done[n] = true;
    waiting = waiting.filter((index) => !now.includes(index));
  }
  return done;
}

/** @returns the indexes of those that could be used */
async function exchangeDistinct(
  sql: Session,
  indexes: readonly number[],
  exchanges: readonly Exchange[],
): Promise<number[]> {
  const used = indexes.map((index) => exchanges[index]!.used);
  const made = indexes.map((index) => exchanges[index]!.made);
  const rows = await sql<{ n: number }[]>`
    with o as materialized (
      select * from unnest(
        ${indexes}::int[],
        ${used.map(({ model }) => model)}::text[],
        ${bytesOf(used.map(({ idHash }) => idHash))}::text[]::bytea[],
        ${used.map(({ now }) => now.toISOString())}::text[]::timestamptz[],
        ${used.map(({ grace }) => grace)}::int[],
        ${made.map(({ model }) => model)}::text[],
        ${bytesOf(made.map(({ idHash }) => idHash))}::text[]::bytea[],
        ${bytesOf(made.map(({ content }) => content))}::text[]::bytea[],
        ${made.map(({ grantId }) => grantId ?? null)}::text[],
        ${made.map(({ uid }) => uid ?? null)}::text[],
        ${made.map(({ accountId }) => accountId ?? null)}::text[],
        ${made.map(({ clientId }) => clientId ?? null)}::text[],
        ${made.map(({ expires }) => expires.toISOString())}::text[]::timestamptz[]
      ) as o (n, used_model, used_hash, now, grace, model, id_hash, content, grant_id, uid, account_id, client_id, expires_at)
    ),
    used as (
      update sso.artifact a set consumed_at = coalesce(a.consumed_at, o.now)
      from o
      where a.model = o.used_model and a.id_hash = o.used_hash
        and (a.consumed_at is null
             or (o.grace > 0 and a.consumed_at > o.now - o.grace * interval '1 millisecond'))
      returning o.n
    ),
    made as (
      insert into sso.artifact (model, id_hash, content, grant_id, uid, account_id, client_id, expires_at)
      select o.model, o.id_hash, o.content, o.grant_id, o.uid, o.account_id, o.client_id, o.expires_at
      from o join used using (n)
    )
    select n from used`;
  return rows.map(({ n }) => n);
}

/** As PostgreSQL reads bytea. */
function bytesOf(buffers: readonly Buffer[]): string[] {
  return buffers.map((buffer) => `\\x${buffer.toString('hex')}`);
}
