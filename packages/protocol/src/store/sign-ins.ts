/** Reads everything about a sign-in under way in one statement. */
import type { Session } from '@dhp/postgres';
import { personColumnsOf, type AccountRow, type Identity, accountColumns, choiceColumn } from '@dhp/accounts/rows';
import type { ArtifactRow } from '@dhp/grants/artifacts';
import type { SignInStep } from '@dhp/grants';
import type { LaunchContext } from './launches.ts';

type Person = Omit<AccountRow, 'password_hash' | 'password_expires_at' | 'updated_at'>;
type NamedArtifact = ArtifactRow & { id_hash: Buffer };

/** Data of one sign-in that has not expired. */
export interface SignInUnderWay {
  artifact: NamedArtifact | undefined;
  /** The person so far, disabled or not. */
  accountId: string | null;
  account?: Person;
  clientId: string | null;
  /** The version of the client's row now; null when there is no such row. */
  clientVersion: string | null;
  /** Sessions of the browser by its uid; more than one if two requests have renewed it concurrently. */
  sessions: NamedArtifact[];
  /** The grant of this sign-in. */
  grant?: NamedArtifact | undefined;
  /** The factor that the person has shown so far. */
  step?: SignInStep;
  /** The scopes that the person allowed the client before. */
  consent: string[];
  /** The patient that the person has chosen in it. */
  choice?: LaunchContext;
}

interface Row extends Omit<Person, 'account_id' | 'identities'>, NamedArtifact {
  of_account: string | null;
  account_id: string | null;
  identities: Identity[];
  client_id: string | null;
  client_version: string | null;
  session_hash: Buffer | null;
  session_content: Buffer;
  grant_hash: Buffer | null;
  grant_content: Buffer;
  step_account: string | null;
  step_methods: string[];
  step_version: number;
  scopes: string[] | null;
  choice: LaunchContext | null;
}

/**
 * The same for a browser in which nobody is signed in, in half the time: only the client and a factor that was already shown are looked up.
 * @returns undefined also if the sign-in turns out to have more data
 */
async function selectAnonymousSignIn(sql: Session, idHash: Buffer, now: Date): Promise<SignInUnderWay | undefined> {
  const [row] = await sql<
    Pick<Row, keyof NamedArtifact | 'client_id' | 'client_version' | 'step_account' | 'step_methods' | 'step_version'>[]
  >`
    select t.id_hash, t.content, t.uid, t.consumed_at, t.client_id,
           (select c.xmin || '.' || sso.server_name() from sso.client c where c.client_id = t.client_id) as client_version,
           f.account_id as step_account, f.methods as step_methods, f.credentials_version as step_version
    from sso.artifact t
    left join sso.sign_in_step f on f.sign_in_hash = t.id_hash and f.expires_at > ${now}
    where t.model = 'Interaction' and t.id_hash = ${idHash} and t.expires_at > ${now}
      and t.uid is null and t.account_id is null and t.grant_id is null`;
  if (row === undefined) return undefined;
  const { id_hash, content, uid, consumed_at } = row;
  return {
    artifact: { id_hash, content, uid, consumed_at },
    ...{ accountId: null, clientId: row.client_id, clientVersion: row.client_version, sessions: [], consent: [] },
    ...stepOf(row),
  };
}

function stepOf(row: Pick<Row, 'step_account' | 'step_methods' | 'step_version'>): { step?: SignInStep } {
  const { step_account: accountId, step_methods: methods, step_version: version } = row;
  return accountId === null ? {} : { step: { account_id: accountId, methods, credentials_version: version } };
}

/**
 * Reads a sign-in with everything that belongs to it. Each table is searched by the whole key: the planner, which cannot know the number of
 * rows, would otherwise use a part of the key while there are few.
 *
 * @param o.isAnonymous nobody seems to be signed in in the browser
 * @param o.choice text before the id of the account whose hash names the choice of a patient
 * @returns undefined if there is none, or it has expired
 */
export async function selectSignIn(
  sql: Session,
  o: { idHash: Buffer; choice: string; isAnonymous: boolean; now: Date },
): Promise<SignInUnderWay | undefined> {
  const { idHash, now } = o;
  const anonymous = o.isAnonymous ? await selectAnonymousSignIn(sql, idHash, now) : undefined;
  if (anonymous !== undefined) return anonymous;
  const rows = await sql<Row[]>`
    select t.id_hash, t.content, t.uid, t.consumed_at, t.account_id as of_account, t.client_id, c.xmin || '.' || sso.server_name() as client_version,
           s.id_hash as session_hash, s.content as session_content, g.id_hash as grant_hash, g.content as grant_content,
           f.account_id as step_account, f.methods as step_methods, f.credentials_version as step_version,
           (select k.scopes from sso.consent k where k.account_id = p.account_id and k.client_id = t.client_id) as scopes,
           ${accountColumns(sql)},
           ${choiceColumn(sql)} as choice
    from sso.artifact t
    left join sso.client c on c.client_id = t.client_id
    left join lateral (
      select s.id_hash, s.content from sso.artifact s
      where s.model = 'Session' and s.uid = t.uid and s.expires_at > ${now} limit 2) s on true
    left join lateral (
      select g.id_hash, g.content from sso.artifact g
      where g.model = 'Grant' and g.id_hash = sha256(convert_to(t.grant_id, 'UTF8')) and g.expires_at > ${now} limit 1) g on true
    left join sso.sign_in_step f on f.sign_in_hash = t.id_hash and f.expires_at > ${now}
    left join sso.account p on p.account_id = t.account_id::uuid
    left join lateral (
      select * from sso.launch l where l.launch_hash = sha256(convert_to(${o.choice}::text || t.account_id, 'UTF8')) limit 1) l
      on l.client_id = t.client_id and l.environment = c.environment and l.grant_hash is null and l.expires_at > ${now}
    where t.model = 'Interaction' and t.id_hash = ${idHash} and t.expires_at > ${now}`;
  return rows[0] && signInOf(rows[0], rows);
}

function signInOf(row: Row, rows: readonly Row[]): SignInUnderWay {
  const { id_hash, content, uid, consumed_at, account_id, grant_hash, choice } = row;
  const { username, created_at, disabled_at, disabled_reason, is_test, identities } = row;
  return {
    artifact: { id_hash, content, uid, consumed_at },
    accountId: row.of_account,
    ...(account_id !== null && {
      account: {
        ...{ account_id, username, ...personColumnsOf(row), created_at, disabled_at, disabled_reason, is_test },
        ...{ credentials_version: row.credentials_version, identities },
      },
    }),
    clientId: row.client_id,
    clientVersion: row.client_version,
    sessions: rows.flatMap(({ session_hash: hash, session_content: sealed }) =>
      hash === null ? [] : [{ id_hash: hash, content: sealed, uid, consumed_at: null }],
    ),
    ...(grant_hash !== null && {
      grant: { id_hash: grant_hash, content: row.grant_content, uid: null, consumed_at: null },
    }),
    ...stepOf(row),
    consent: row.scopes ?? [],
    ...(choice !== null && { choice }),
  };
}
