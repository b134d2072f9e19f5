/**
 * Brings labels into force: expands the value sets of the access policies' rules to codes, and labels resources that were stored before.
 * docs/decisions/0049-labels.md
 */
import type { LabelPolicies, PolicySet } from '@dhp/access-policies';
import type { ResourceStore, StoreAdmin } from '@dhp/fhir-store';
import type { LabelsInForce } from '../contract/known-policies.ts';
import { confidentialities } from '@dhp/labels';
import { expandLabels, guardedBy } from './label-definition.ts';

export interface Labelling {
  /**
   * Returns the labels that are withheld now; undefined if none are. Meanwhile it brings the rules into force and has stored resources
   * labelled.
   * @param generation of the access policies
   * @param set undefined: no policies are in force
   * @param changed called with the labels that are withheld later, without another call of this function
   */
  hear(
    generation: number,
    set: PolicySet | undefined,
    changed: (labels: LabelsInForce | undefined) => void,
  ): Promise<LabelsInForce | undefined>;
  /** Sentences on value sets that cannot be listed. */
  faults(): readonly string[];
}

interface State {
  /** The generation and revision for which the rules were last brought into force. */
  tried: { readonly generation: number; readonly revision: number } | undefined;
  working: Promise<void> | undefined;
  faults: readonly string[];
}

export function openLabelling(
  store: Pick<ResourceStore, 'terminology'> & Pick<StoreAdmin, 'memory' | 'labels'>,
): Labelling {
  const part = store.memory('labelling', (): State => ({ tried: undefined, working: undefined, faults: [] }));

  async function work(state: State, generation: number, labels: LabelPolicies): Promise<void> {
    const revision = await store.terminology.ask((now) => now.revision);
    if (state.tried?.generation !== generation || state.tried.revision !== revision) {
      const expanded = await expandLabels(store, labels, await store.labels.definition());
      await store.labels.define(expanded.definition, generation);
      state.tried = { generation, revision: expanded.revision };
      state.faults = expanded.faults;
    }
    const progress = await store.labels.progress();
    if (progress?.complete === false) await store.labels.build();
  }

  return {
    async hear(generation, set, changed) {
      if (generation === 0) return undefined; // there never were any
      const state = part();
      if (set?.labels === undefined) {
        Object.assign(state, { faults: [], tried: undefined });
        if (store.labels.areDefined()) await store.labels.define(undefined, generation);
        return undefined;
      }
      const { labels } = set;
      const current = await labelsInForce(store, labels);
      // One that fails is tried again when the policies are read again.
      state.working ??= work(state, generation, labels)
        .then(async () => {
          changed(await labelsInForce(store, labels));
        })
        .catch(() => undefined)
        .finally(() => (state.working = undefined));
      return current;
    },
    faults: () => part().faults,
  };
}

/** The labels that are withheld now: those whose resources are all labelled. Undefined if there are none. */
export async function labelsInForce(
  store: Pick<StoreAdmin, 'labels'>,
  labels: LabelPolicies,
): Promise<LabelsInForce | undefined> {
  const progress = await store.labels.progress();
  const guarded = guardedBy(labels);
  const withheld = guarded.filter((label) => progress?.withheld.includes(label) === true);
  if (withheld.length === 0) return undefined;
  return { withheld, known: [...new Set([...guarded, ...(progress?.withheld ?? []), ...confidentialities])] };
}
