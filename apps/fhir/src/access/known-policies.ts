/** The access policies in force, read again when they are requested: a change acts on every server within a second. */
import { PolicyFaults, readPolicySet, type PolicySet } from '@dhp/access-policies';
import { StoreUnavailable, type StoreAdmin } from '@dhp/fhir-store';
import { policyTypes } from './policy-criteria.ts';
import { openSharedConditions } from './shared-conditions.ts';
import type { AwaitedFactor, KnownPolicies, LabelsInForce, PoliciesInForce } from '../contract/known-policies.ts';
import { windowsInForce } from './care-rules.ts';
import type { Labelling } from './labelling.ts';

/** Milliseconds for which decisions may rest on policies that were read. */
const goodFor = 1_000;
/** After these it is read again beside the requests, so that a server at work waits for it once. */
const readAgainAfter = 500;

interface Known {
  generation: number | undefined;
  inForce: PoliciesInForce | undefined;
  /** By the factor whose rows are being made. */
  readonly building: Map<Factor, Promise<void>>;
  /** Factors whose rows are all made, as this program makes them. */
  readonly built: Set<Factor>;
  /** Why the last attempt to make them failed. */
  readonly failures: Map<Factor, string>;
  /** By the stopwatch, before the question. */
  asOf: number;
  asking: Promise<void> | undefined;
}

type Store = Pick<
  StoreAdmin,
  | 'memory'
  | 'accessPolicies'
  | 'consentsBuilt'
  | 'consentsComplete'
  | 'buildConsents'
  | 'patientsNoted'
  | 'notePatients'
  | 'careComplete'
  | 'buildCare'
  | 'membersBuilt'
  | 'buildMembers'
>;

type Completeness = Pick<Store, 'consentsComplete' | 'careComplete'>;

/**
 * A factor that rests on rows derived from stored resources. It is in force once all earlier resources have these rows; until then it
 * refuses nothing.
 */
interface Factor {
  /** Undefined: no answer depends on it, so that nobody waits for it. */
  readonly name: AwaitedFactor['factor'] | undefined;
  readonly isAsked: (set: PolicySet) => boolean;
  readonly isInForce: (inForce: PoliciesInForce) => boolean;
  readonly isComplete: (store: Completeness) => Promise<boolean>;
  /** Whether all rows are as this program makes them; they may be complete as one before did. */
  readonly isBuilt: (store: Store) => Promise<boolean>;
  readonly build: (store: Store) => Promise<unknown>;
  /** The policies with the factor. */
  readonly enforced: (inForce: PoliciesInForce) => PoliciesInForce;
}

const consents: Factor = {
  name: 'consents',
  isAsked: ({ consent }) => consent !== undefined,
  isInForce: (inForce) => inForce.consents !== undefined,
  isComplete: (store) => store.consentsComplete(),
  isBuilt: (store) => store.consentsBuilt(),
  build: (store) => store.buildConsents(),
  enforced: (inForce) => {
    const { purposes } = inForce.set;
    return { ...inForce, consents: { purposes, isOverridden: overrides(inForce.set, 'consent') } };
  },
};

const care: Factor = {
  name: 'care',
  isAsked: (set) => set.care !== undefined,
  isInForce: (inForce) => inForce.care !== undefined,
  isComplete: (store) => store.careComplete(),
  isBuilt: (store) => store.careComplete(),
  build: (store) => store.buildCare(),
  enforced: (inForce) => {
    const { roles = [], except, windows } = inForce.set.care ?? {};
    const isOverridden = overrides(inForce.set, 'care');
    const bound = { roles: new Set(roles), except: new Set(except), windows: windowsInForce(windows), isOverridden };
    return { ...inForce, care: bound };
  },
};

/**
 * The members of each team and group are known. Until then the other factors are in force without them: a rule that names a group refuses
 * everybody, and permits nobody.
 */
const members: Factor = {
  name: 'members',
  isAsked: (set) => consents.isAsked(set) || care.isAsked(set),
  isInForce: () => true,
  isComplete: () => Promise.resolve(true),
  isBuilt: (store) => store.membersBuilt(),
  build: (store) => store.buildMembers(),
  enforced: (inForce) => inForce,
};

/**
 * The patient is recorded beside earlier versions, which makes reads cheaper. This takes far longer than the rows of consents and is
 * independent of them: if consents waited for it, they would refuse nothing meanwhile.
 */
const patients: Factor = {
  name: undefined,
  isAsked: consents.isAsked,
  isInForce: () => true,
  isComplete: () => Promise.resolve(true),
  isBuilt: (store) => store.patientsNoted(),
  build: (store) => store.notePatients(),
  enforced: (inForce) => inForce,
};

/** Whether broken glass sets the factor aside; care alone where the policies do not say. */
function overrides({ breakGlass }: PolicySet, factor: 'care' | 'consent'): boolean {
  return (breakGlass?.overrides ?? ['care']).includes(factor);
}

const factors = [consents, care, members, patients] as const;

export function openKnownPolicies(
  store: Store,
  stopwatch: () => number = () => performance.now(),
  labelling?: Labelling,
): KnownPolicies {
  // Of another server nothing is known.
  const part = store.memory('access policies', (): Known => ({
    generation: undefined,
    inForce: undefined,
    building: new Map(),
    built: new Set(),
    failures: new Map(),
    asOf: Number.NEGATIVE_INFINITY,
    asking: undefined,
  }));

  async function read(known: Known): Promise<void> {
    const asOf = stopwatch();
    const found = await store.accessPolicies(known.generation);
    if (found !== undefined) {
      const { generation, text } = found;
      known.generation = generation;
      known.inForce = text === undefined ? undefined : after(known.inForce, generation, setOf(text));
    }
    for (const factor of factors) await hear(known, factor);
    if (labelling !== undefined) await hearLabels(known, labelling);
    known.asOf = asOf;
  }

  async function hear(known: Known, factor: Factor): Promise<void> {
    const { inForce } = known;
    if (inForce === undefined || !factor.isAsked(inForce.set)) return;
    const isWanting = !factor.isInForce(inForce);
    if (isWanting && (await factor.isComplete(store))) enforce(known, factor, inForce.generation);
    if (known.built.has(factor) || known.building.has(factor)) return;
    if (await factor.isBuilt(store)) {
      known.built.add(factor); // perhaps by another server
      known.failures.delete(factor);
    } else
      known.building.set(
        factor,
        build(store, known, factor).finally(() => known.building.delete(factor)),
      );
  }

  function ask(known: Known): Promise<void> {
    known.asking ??= read(known).finally(() => (known.asking = undefined));
    return known.asking;
  }

  function fresh(): Promise<void> | undefined {
    const known = part();
    const age = stopwatch() - known.asOf;
    if (age <= readAgainAfter) return undefined;
    const asked = ask(known);
    if (age > goodFor) return asked;
    asked.catch(() => undefined); // those who come when it is too old hear of it
    return undefined;
  }

  return {
    current: () => part().inForce,
    fresh,
    faults: () => labelling?.faults() ?? [],
    awaited: () => awaitedOf(part()),
  };
}

/** A build that fails is tried again when the policies are read again, and said to fail until one succeeds. */
async function build(store: Store, known: Known, factor: Factor): Promise<void> {
  try {
    await factor.build(store);
    known.failures.delete(factor);
    const { inForce } = known;
    if (inForce !== undefined && factor.isAsked(inForce.set) && (await factor.isComplete(store)))
      enforce(known, factor, inForce.generation);
    if (await factor.isBuilt(store)) known.built.add(factor);
  } catch (error) {
    known.failures.set(factor, told(error)); // as if they were not all heard
  }
}

/** Nothing if others are in force by now. */
function enforce(known: Known, factor: Factor, generation: number): void {
  const { inForce } = known;
  if (inForce?.generation === generation && !factor.isInForce(inForce)) known.inForce = factor.enforced(inForce);
}

/** Everybody may read it: another error might reveal stored data. */
function told(error: unknown): string {
  return error instanceof StoreUnavailable ? error.message : 'An unexpected error';
}

function awaitedOf({ inForce, built, failures }: Known): AwaitedFactor[] {
  if (inForce === undefined) return [];
  return factors.flatMap((factor) => {
    const { name } = factor;
    if (name === undefined || !factor.isAsked(inForce.set) || built.has(factor)) return [];
    return [{ factor: name, isInForce: factor.isInForce(inForce), failure: failures.get(factor) }];
  });
}

/** Keeps the policies fresh without requests, so that the work they need begins at once. @returns a function that stops it */
export function watchPolicies({ fresh }: Pick<KnownPolicies, 'fresh'>): () => void {
  const timer = setInterval(() => {
    fresh()?.catch(() => undefined); // the next time, or a request, asks again
  }, goodFor).unref();
  return () => {
    clearInterval(timer);
  };
}

/** Policies as they are in force, with the factors whose rows are complete. */
export async function withFactors(store: Completeness, inForce: PoliciesInForce): Promise<PoliciesInForce> {
  let all = inForce;
  for (const factor of factors)
    if (factor.isAsked(all.set) && (await factor.isComplete(store))) all = factor.enforced(all);
  return all;
}

async function hearLabels(known: Known, labelling: Labelling): Promise<void> {
  const { generation, inForce } = known;
  if (generation === undefined) return;
  const withhold = (labels: LabelsInForce | undefined): void => {
    const now = known.inForce;
    if (now === undefined || now.generation !== generation) return;
    if (textOf(now.labels) !== textOf(labels)) known.inForce = { ...now, labels };
  };
  withhold(await labelling.hear(generation, inForce?.set, withhold));
}

function textOf(labels: LabelsInForce | undefined): string {
  return JSON.stringify([labels?.withheld, labels?.known]);
}

/** Factors that were in force stay in force under the next policies if these enforce them, since their rows are complete. */
function after(before: PoliciesInForce | undefined, generation: number, set: PolicySet): PoliciesInForce {
  let all: PoliciesInForce = {
    generation,
    set,
    consents: undefined,
    care: undefined,
    conditions: openSharedConditions(),
    labels: set.labels && before?.labels,
  };
  for (const factor of factors)
    if (before !== undefined && factor.isInForce(before) && factor.isAsked(set)) all = factor.enforced(all);
  return all;
}

/** A document that this program cannot read permits nothing: it was written by a newer one, and checked by that. */
export function setOf(text: string): PolicySet {
  try {
    return readPolicySet(text, { types: policyTypes, problemOf: () => undefined });
  } catch (error) {
    if (error instanceof PolicyFaults) return { others: 'nothing', rules: [] };
    throw error;
  }
}
