/** Whether a resource in hand (an old version, one that is about to be written) is among those that a rule permits. */
import type { Budget } from '@dhp/budget';
import { type JsonResource, patientCompartment } from '@dhp/fhir-search';
import type { Condition } from '@dhp/search-index';
import { hash64, keyOf, referenceText } from '@dhp/search-index/keys';
import { forEachLocalReference, indexRow, type IndexRow, usualWork } from '@dhp/search-index/rows';
import type { ResourceStore, StoreAdmin } from '@dhp/fhir-store';
import { meets } from '../matching/meets.ts';

/** The store and the settings by which a resource is tested. */
export interface EvaluationContext {
  /** Store to which chains of a rule lead. */
  readonly store: Pick<ResourceStore, 'find' | 'knownSearchParameters'> &
    Pick<StoreAdmin, 'cared' | 'consented' | 'labels' | 'stated'>;
  readonly timeZone: string;
  readonly ownBases: readonly string[];
  /** Counts index values, those of a resource within the limit that they have everywhere. */
  readonly budget?: Budget | undefined;
  /** Resources that are written together with it, by `Type/id`: chains lead to them as they will be. */
  readonly bundled?: ReadonlyMap<string, JsonResource>;
  /** It is about to be stored: the failure reveals nothing about the resources that it refers to. */
  readonly isSent?: boolean;
}

const everything: Condition = { op: 'all', of: [] };
const nothing: Condition = { op: 'any', of: [] };

/**
 * The rule without consents, where none of the patients whose record it is has stated one: most have not, and to ask that takes no index values. The same object
 * where one has.
 */
export async function withoutUnstated(
  resource: JsonResource,
  rule: Condition,
  { store, ownBases }: Pick<EvaluationContext, 'store' | 'ownBases'>,
): Promise<Condition> {
  const parts = rule.op === 'all' ? rule.of : [rule];
  const others = parts.filter((part) => part.op !== 'consented' || part.of !== 'record');
  if (others.length === parts.length) return rule;
  const patients = patientCompartment(resource, ownBases);
  if (patients.length > 0 && (await store.stated(patients))) return rule;
  return others.length === 1 ? others[0]! : { op: 'all', of: others };
}

/**
 * Undefined if the resource and its references do not suffice: `_has`, full text, places, quantities, times of storing.
 * @param id '' for a resource without one
 */
export async function isWithin(
  resource: JsonResource,
  id: string,
  rule: Condition,
  context: EvaluationContext,
): Promise<boolean | undefined> {
  const alone = isWithinAlone(resource, id, rule, context);
  return typeof alone === 'boolean' ? alone : isWithinTogether({ resource, id, row: alone }, rule, context);
}

/** The same, also by the resources that it refers to. @param candidate with the index values that `isWithinAlone` returned */
export async function isWithinTogether(
  candidate: { resource: JsonResource; id: string; row: IndexRow },
  rule: Condition,
  context: EvaluationContext,
): Promise<boolean | undefined> {
  return meets(candidate, await grounded(rule, candidate, context));
}

/** The same as far as the resource itself tells; its index values where it does not. @throws BudgetSpent */
export function isWithinAlone(
  resource: JsonResource,
  id: string,
  rule: Condition,
  { timeZone, ownBases, store, budget }: EvaluationContext,
): boolean | IndexRow {
  // Nearly every rule is about a patient, which a few elements of the resource tell; all index values cost much more.
  const quick = meetsByPatient(rule, id, hashesOf(resource, ownBases));
  if (quick !== undefined) return quick;
  const work = budget?.part({ work: usualWork }, 'resource');
  const row = indexRow(resource, { timeZone, ownBases, own: store.knownSearchParameters(), budget: work });
  return meets({ id, row }, rule) ?? row;
}

function hashesOf(resource: JsonResource, ownBases: readonly string[]): () => ReadonlySet<bigint> {
  let hashes: ReadonlySet<bigint> | undefined;
  return () =>
    (hashes ??= new Set(patientCompartment(resource, ownBases).map((id) => hash64(referenceText('Patient', id)))));
}

function meetsByPatient(rule: Condition, id: string, patients: () => ReadonlySet<bigint>): boolean | undefined {
  if (rule.op === 'patient') return rule.any.some((patient) => patients().has(patient));
  if (rule.op === 'id') return rule.any.includes(id);
  if (rule.op !== 'all' && rule.op !== 'any') return undefined;
  const isAny = rule.op === 'any';
  const parts = rule.of.map((part) => meetsByPatient(part, id, patients));
  if (parts.includes(isAny)) return isAny;
  return parts.includes(undefined) ? undefined : !isAny;
}

/** The condition with the targets of references looked up. */
async function grounded(
  condition: Condition,
  candidate: { resource: JsonResource; id: string; row: IndexRow },
  context: EvaluationContext,
): Promise<Condition> {
  const { op } = condition;
  if (op === 'consented' || op === 'cared') {
    const { resource, id, row } = candidate;
    const asked = { type: resource.resourceType, id, row, resource };
    const { store } = context;
    const isLeft = op === 'cared' ? store.cared(asked, condition) : store.consented(asked, condition);
    return (await isLeft) ? everything : nothing;
  }
  if (op === 'unlabelled') {
    const { resource, id } = candidate;
    const asked = { type: resource.resourceType, id, resource, isSent: context.isSent === true };
    return (await context.store.labels.unlabelled(asked, condition)) ? everything : nothing;
  }
  if (op === 'refers') {
    const leads = await leadsTo(condition, candidate, context);
    return leads === undefined ? condition : leads ? everything : nothing;
  }
  if (op === 'not') return { op, of: await grounded(condition.of, candidate, context) };
  if (op !== 'all' && op !== 'any') return condition;
  return { op, of: await Promise.all(condition.of.map((each) => grounded(each, candidate, context))) };
}

/** Undefined if a resource that is written together with this one does not tell. */
async function leadsTo(
  { seeds, type, where }: Condition & { op: 'refers' },
  { resource, row }: { resource: JsonResource; row: IndexRow },
  context: EvaluationContext,
): Promise<boolean | undefined> {
  const { store, ownBases, bundled } = context;
  const keys = new Set(row.keys);
  const targets = new Set<string>();
  forEachLocalReference(resource, ownBases, (target, id) => {
    const isAsked = target === type && seeds.some((seed) => keys.has(keyOf(seed, referenceText(type, id))));
    if (isAsked) targets.add(id);
  });
  const stored: string[] = [];
  let leads: boolean | undefined = false;
  for (const id of targets) {
    const other = bundled?.get(`${type}/${id}`);
    const isOne = other === undefined ? false : await isWithin(other, id, where, context);
    if (isOne === true) return true;
    if (other === undefined) stored.push(id);
    else if (isOne === undefined) leads = undefined;
  }
  if (stored.length === 0) return leads;
  const found = await store.find(type, { op: 'all', of: [{ op: 'id', any: stored }, where] }, 1);
  return found.length > 0 ? true : leads;
}
