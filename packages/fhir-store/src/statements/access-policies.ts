/** The access policies of the environment: their versions, and which of them was in force when. */
import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';

/** The policies in force. `text` and `version` are undefined where none are. */
export interface ActivePolicies {
  /** It grows with each change of what is in force; 0: there never was any. */
  readonly generation: number;
  readonly version: number | undefined;
  readonly text: string | undefined;
}

export async function selectActivePolicies(sql: Session): Promise<ActivePolicies> {
  const [row] = await sql<{ generation: number; version: number | null; text: string | null }[]>`
    select a.generation, a.version, p.text
    from fhir.access_policy_activation a left join fhir.access_policy p on p.version = a.version
    order by a.generation desc limit 1`;
  return { generation: row?.generation ?? 0, version: row?.version ?? undefined, text: row?.text ?? undefined };
}

/** The same without the text: to see whether anything has changed. */
async function selectPolicyGeneration(sql: Session): Promise<number> {
  const [row] = await sql<{ generation: number }[]>`
    select coalesce((select a.generation from fhir.access_policy_activation a order by a.generation desc limit 1), 0) as generation`;
  return row!.generation;
}

/** As `StoreAdmin.accessPolicies`. Nearly always nothing has changed, and the text is not read. */
export async function readPolicies(sql: Session, known: number | undefined): Promise<ActivePolicies | undefined> {
  if (known !== undefined && (await selectPolicyGeneration(sql)) === known) return undefined;
  return selectActivePolicies(sql);
}

/** A version that is kept, and when it came into force, where it did. */
export interface PolicyVersion {
  readonly version: number;
  readonly made: Date;
  readonly madeBy: string;
  readonly reason: string;
  readonly activated: readonly Date[];
}

export async function selectPolicyVersions(sql: Session): Promise<PolicyVersion[]> {
  const rows = await sql<{ version: number; made: Date; made_by: string; reason: string; activated: Date[] }[]>`
    select p.version, p.made, p.made_by, p.reason,
      array(select a.made from fhir.access_policy_activation a where a.version = p.version order by a.generation) as activated
    from fhir.access_policy p order by p.version desc`;
  return rows.map(({ made_by: madeBy, ...row }) => ({ ...row, madeBy }));
}

/** @returns undefined where there is no such version */
export async function selectPolicyText(sql: Session, version: number): Promise<string | undefined> {
  const [row] = await sql<{ text: string }[]>`select text from fhir.access_policy where version = ${version}`;
  return row?.text;
}

/** The operator of a change, and the reason. */
export interface Change {
  readonly by: string;
  readonly reason: string;
}

/** One change at a time: numbers have no gaps, and the one before is known. */
async function locked<Result>(sql: Sql, work: (transaction: Session) => Promise<Result>): Promise<Result> {
  const result = await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtextextended('dhp fhir access policies', 0))`;
    return { done: await work(transaction) };
  });
  return result.done;
}

/** Keeps a document as the next version. It is in force from the commit on. @returns its number */
export async function activateNew(sql: Sql, text: string, change: Change): Promise<number> {
  return locked(sql, async (transaction) => {
    const [row] = await transaction<{ version: number }[]>`
      insert into fhir.access_policy (version, text, made_by, reason)
      select coalesce(max(version), 0) + 1, ${text}, ${change.by}, ${change.reason} from fhir.access_policy
      returning version`;
    await insertActivation(transaction, row!.version, change);
    return row!.version;
  });
}

/**
 * Brings an earlier version into force again, or none.
 * @param version `before`: the one that was in force before the one that is; undefined: none
 * @returns what is in force then
 */
export async function activateEarlier(
  sql: Sql,
  version: number | 'before' | undefined,
  change: Change,
): Promise<number | undefined> {
  return locked(sql, async (transaction) => {
    const next = version === 'before' ? await versionBefore(transaction) : version;
    await insertActivation(transaction, next, change);
    return next;
  });
}

async function insertActivation(sql: Session, version: number | undefined, { by, reason }: Change): Promise<void> {
  await sql`
    insert into fhir.access_policy_activation (generation, version, made_by, reason)
    select coalesce(max(generation), 0) + 1, ${version ?? null}::int, ${by}, ${reason} from fhir.access_policy_activation`;
}

async function versionBefore(sql: Session): Promise<number | undefined> {
  const [row] = await sql<{ version: number | null }[]>`
    select version from fhir.access_policy_activation order by generation desc offset 1 limit 1`;
  return row?.version ?? undefined;
}
