/** The access policies in force, read again when they are asked for: a change acts on every server within a second. */
import { PolicyFaults, readPolicySet, type PolicySet } from '@dhp/access-policies';
import type { StoreAdmin } from '@dhp/fhir-store';
import { resourceTypes } from '@dhp/fhir-model';
import type { KnownPolicies, PoliciesInForce } from '../contract/known-policies.ts';

/** Milliseconds for which decisions may rest on what is known. */
const goodFor = 1_000;
/** After these it is read again beside the requests, so that a server at work waits for it once. */
const readAgainAfter = 500;

interface Known {
  generation: number | undefined;
  inForce: PoliciesInForce | undefined;
  building: Promise<void> | undefined;
  /** By the stopwatch, before the question. */
  asOf: number;
  asking: Promise<void> | undefined;
}

export function openKnownPolicies(
  store: Pick<StoreAdmin, 'memory' | 'accessPolicies' | 'consentsComplete' | 'buildConsents'>,
  stopwatch: () => number = () => performance.now(),
): KnownPolicies {
  // Of another server nothing is known.
  const part = store.memory('access policies', (): Known => ({
    generation: undefined,
    inForce: undefined,
    building: undefined,
    asOf: Number.NEGATIVE_INFINITY,
    asking: undefined,
  }));

  async function read(known: Known): Promise<void> {
    const asOf = stopwatch();
    const found = await store.accessPolicies(known.generation);
    if (found !== undefined) {
      const { generation, text } = found;
      known.generation = generation;
      known.inForce = text === undefined ? undefined : { generation, set: setOf(text), consents: undefined };
    }
    await hearConsents(known);
    known.asOf = asOf;
  }

  /** Consents are in force when all of those that were stored before are heard; until then they refuse nothing. */
  async function hearConsents(known: Known): Promise<void> {
    const { inForce } = known;
    if (inForce?.set.consent === undefined || inForce.consents !== undefined) return;
    if (await store.consentsComplete()) enforce(known, inForce);
    else known.building ??= build(known).finally(() => (known.building = undefined));
  }

  /** A build that fails is tried again when the policies are read again. */
  async function build(known: Known): Promise<void> {
    try {
      await store.buildConsents();
      const { inForce } = known;
      if (inForce?.set.consent !== undefined && (await store.consentsComplete())) enforce(known, inForce);
    } catch {
      // as if they were not all heard
    }
  }

  /** Nothing where others are in force by now. */
  function enforce(known: Known, inForce: PoliciesInForce): void {
    if (known.inForce === inForce) known.inForce = { ...inForce, consents: { purposes: inForce.set.purposes } };
  }

  function ask(known: Known): Promise<void> {
    known.asking ??= read(known).finally(() => (known.asking = undefined));
    return known.asking;
  }

  return {
    current: () => part().inForce,
    fresh() {
      const known = part();
      const age = stopwatch() - known.asOf;
      if (age <= readAgainAfter) return undefined;
      const asked = ask(known);
      if (age > goodFor) return asked;
      asked.catch(() => undefined); // those who come when it is too old hear of it
      return undefined;
    },
  };
}

/** A document that this program cannot read permits nothing: it was written by a newer one, and checked by that. */
function setOf(text: string): PolicySet {
  try {
    return readPolicySet(text, { types: resourceTypes, problemOf: () => undefined });
  } catch (error) {
    if (error instanceof PolicyFaults) return { others: 'nothing', rules: [] };
    throw error;
  }
}
