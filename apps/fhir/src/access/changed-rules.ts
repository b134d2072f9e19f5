/**
 * The callers whose rules have changed since a time: an export checks again the resources that it has written before its files are
 * complete.
 */
import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import type { Services } from '../contract/interaction.ts';

/** A moment, as the rules were at it. */
export interface RulesAt {
  /** All that is stored from then on is behind it; undefined if no consents are in force. */
  readonly from: Date | undefined;
  /** The policies in force, with the factors that they ask for. */
  readonly policies: object | undefined;
}

/** Ids of patients; `all`: the rules are others for everybody, or for too many to be named. */
export type ChangedFor = 'all' | ReadonlySet<string>;

/** Consents that are looked through. */
const mostConsents = 1_000;

export async function rulesNow({ policies, unguarded }: Services): Promise<RulesAt> {
  await policies.fresh();
  const now = policies.current();
  if (now?.consents === undefined) return { from: undefined, policies: now };
  const { until } = await unguarded.snapshots.settleNow();
  return { from: until, policies: now };
}

/** Undefined if nothing has changed. A Consent that was moved to another patient counts for both. */
export async function changedSince(services: Services, { from, policies }: RulesAt): Promise<ChangedFor | undefined> {
  const { unguarded, baseUrl } = services;
  await services.policies.fresh();
  const now = services.policies.current();
  if (now !== policies) return 'all';
  if (from === undefined) return undefined;
  const ids = await unguarded.snapshots.changedSince('Consent', from, mostConsents);
  if (ids === undefined) return 'all';
  if (ids.length === 0) return undefined;
  const patients = new Set<string>();
  for (const id of ids) {
    const { versions, total } = await unguarded.history('Consent', id, { count: mostVersions });
    if (total === undefined || total > versions.length) return 'all';
    for (const { content } of versions.filter(({ deleted }) => !deleted)) {
      const consent = JSON.parse(content.toString('utf8')) as JsonResource;
      for (const patient of patientCompartment(consent, [baseUrl])) patients.add(patient);
    }
  }
  return patients;
}

const mostVersions = 100;
