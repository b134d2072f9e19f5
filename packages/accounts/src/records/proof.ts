/**
 * Decides which records are proved to belong to a person from an identity system: a table of the records found × the account's current
 * ones. docs/decisions/0016-identity-proof.md
 */
import type { Session } from '@dhp/postgres';
import type { Identity } from '../store/accounts.ts';
import type { EnvironmentName } from '@dhp/sso-kit';
import { isConfirmedRecord, isSource, type CaseKind } from '../store/identity-sources.ts';
import type { FoundRecord } from './directory.ts';

/** A record of the account, and its proof. */
export interface HeldRecord extends Identity {
  proof: 'operator' | 'record';
}

export interface Outcome {
  /** The account loses the held record. */
  ends: boolean;
  /** It becomes one of the account. */
  binds?: Identity;
  /** An operator has to look at these records. */
  opens?: { kind: CaseKind; ids: string[] };
}

/**
 * Whether a trusted party states that the record has the PINFL: an operator, or the client of a source by its own authority. Records that
 * the platform itself wrote are the synthetic population, which counts in the playground.
 */
export async function isProven(
  sql: Session,
  record: FoundRecord,
  { trusted, pinflHash }: { trusted: readonly EnvironmentName[]; pinflHash: Buffer },
): Promise<boolean> {
  const { environment, type, writer } = record;
  if (!trusted.includes(environment) || type === 'RelatedPerson') return false;
  if (writer?.kind === 'internal' && environment === 'playground') return true;
  if (writer?.kind === 'system' && writer.client !== undefined) {
    if (await isSource(sql, { client_id: writer.client, environment, resource_type: type })) return true;
  }
  return isConfirmedRecord(sql, record, pinflHash);
}

/**
 * The outcome for one type in one environment.
 * @param found the records with the PINFL, and whether each is proven
 * @param isTaken whether another account has the record
 */
export function outcomeOf(
  found: readonly { record: Identity; isProven: boolean }[],
  held: HeldRecord | undefined,
  isTaken: (record: Identity) => boolean,
): Outcome {
  const proven = found.filter((one) => one.isProven).map(({ record }) => record);
  const idsOf = (records: readonly Identity[]): string[] => records.map(({ fhir_id: id }) => id);
  const isHeld = held !== undefined && proven.some(({ fhir_id: id }) => id === held.fhir_id);
  // A record assigned by an operator stays until an operator removes it; a record that proved itself stays only while it does.
  const ends = held?.proof === 'record' && !isHeld;
  if (proven.length > 1) return { ends, opens: { kind: 'several', ids: idsOf(proven) } };
  if (held !== undefined && !ends) return { ends: false };
  const [only] = proven;
  if (only === undefined) {
    if (found.length > 0) return { ends, opens: { kind: 'unproven', ids: idsOf(found.map(({ record }) => record)) } };
    return ends ? { ends, opens: { kind: 'lost', ids: idsOf([held]) } } : { ends };
  }
  return isTaken(only) ? { ends, opens: { kind: 'taken', ids: idsOf([only]) } } : { ends, binds: only };
}
