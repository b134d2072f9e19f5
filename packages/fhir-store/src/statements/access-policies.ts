/** The access policies of the environment: their versions, and which of them was in force when. */
import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';

/** The policies in force. `text` and `version` are undefined if no policies are in force. */
export interface ActivePolicies {
  /** Grows with each activation; 0: there never was any. */
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

/** A stored version, with the times of its activations. */
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

/** @returns undefined if there is no such version */
export async function selectPolicyText(sql: Session, version: number): Promise<string | undefined> {
  const [row] = await sql<{ text: string }[]>`select text from fhir.access_policy where version = ${version}`;
  return row?.text;
}

/** One activation of policies. */
export interface PolicyActivation {
  readonly generation: number;
  /** Undefined: no policies were in force from then on. */
  readonly version: number | undefined;
  readonly made: Date;
  readonly madeBy: string;
  readonly reason: string;
}

/** Returns the newest activations. */
export async function selectPolicyActivations(sql: Session, limit: number): Promise<PolicyActivation[]> {
  const rows = await sql<
    { generation: number; version: number | null; made: Date; made_by: string; reason: string }[]
  >`select generation, version, made, made_by, reason from fhir.access_policy_activation order by generation desc limit ${limit}`;
  return rows.map(({ version, made_by: madeBy, ...row }) => ({ ...row, version: version ?? undefined, madeBy }));
}

/** The operator of a change, and the reason. */
export interface Change {
  readonly by: string;
  readonly reason: string;
  /** The version that the operator has seen in force; null: no version. Undefined: not checked. */
  readonly base?: number | null | undefined;
}

/** The policies in force are not those that the operator has seen. */
export class PoliciesChanged extends Error {
  override readonly name = 'PoliciesChanged';
  /** The version in force; undefined if no policies are in force. */
  readonly version: number | undefined;

  constructor(version: number | undefined) {
    super(version === undefined ? 'No access policies are in force.' : `Version ${String(version)} is in force.`);
    this.version = version;
  }
}

/** One change at a time: numbers have no gaps, and the previous version is known. @throws PoliciesChanged */
async function locked<Result>(
  sql: Sql,
  { base }: Change,
  work: (transaction: Session) => Promise<Result>,
): Promise<Result> {
  const result = await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtextextended('dhp fhir access policies', 0))`;
    if (base !== undefined) await requireInForce(transaction, base);
    return { done: await work(transaction) };
  });
  return result.done;
}

async function requireInForce(sql: Session, base: number | null): Promise<void> {
  const [row] = await sql<{ version: number | null }[]>`
    select version from fhir.access_policy_activation order by generation desc limit 1`;
  const version = row?.version ?? null;
  if (version !== base) throw new PoliciesChanged(version ?? undefined);
}

/** Keeps a document as the next version. It is in force from the commit on. @returns its number. @throws PoliciesChanged */
export async function activateNew(sql: Sql, text: string, change: Change): Promise<number> {
  return locked(sql, change, (transaction) => insertVersion(transaction, text, change));
}

async function insertVersion(sql: Session, text: string, change: Change): Promise<number> {
  const [row] = await sql<{ version: number }[]>`
    insert into fhir.access_policy (version, text, made_by, reason)
    select coalesce(max(version), 0) + 1, ${text}, ${change.by}, ${change.reason} from fhir.access_policy
    returning version`;
  await insertActivation(sql, row!.version, change);
  return row!.version;
}

/**
 * Brings an earlier version into force again, or ends all policies.
 * @param version `before`: the previous one in force; undefined: no policies
 * @returns the version then in force
 * @throws PoliciesChanged
 */
export async function activateEarlier(
  sql: Sql,
  version: number | 'before' | undefined,
  change: Change,
): Promise<number | undefined> {
  return locked(sql, change, async (transaction) => {
    const next = version === 'before' ? await versionBefore(transaction) : version;
    await insertActivation(transaction, next, change);
    return next;
  });
}

/**
 * Brings the default policies of a new environment into force, once.
 * @returns false if there is nothing to do: in an earlier environment, and after the first time
 */
export async function activateDefault(sql: Sql, text: string, change: Change): Promise<boolean> {
  return locked(sql, change, async (transaction) => {
    const due = await transaction`update fhir.access_policy_default set due = false where due returning 1`;
    const inForce = due.length === 0 ? undefined : await selectActivePolicies(transaction);
    if (inForce?.generation !== 0) return false;
    await insertVersion(transaction, text, change);
    return true;
  });
}

/** Whether the default policies are still to be brought into force. */
export async function selectDefaultDue(sql: Session): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`select due from fhir.access_policy_default`;
  return row?.due === true;
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
