/** `dhp policy labels`, and the check before activating a document with labels: the codes of its value sets. docs/access.md */
import { readPolicySet, type LabelPolicies, type PolicySet } from '@dhp/access-policies';
import { resourceTypes } from '@dhp/fhir-model';
import type { FhirStore } from '@dhp/fhir-store';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext } from '../context.ts';
import { withEnvironment, withStore } from '../environment.ts';
import { progressOn, silent } from '../progress.ts';
import { said } from './policy-document.ts';
import { print } from '../output.ts';
import { environment, environmentOf, json } from './shared.ts';

function inStore<Result>(values: Values, work: (store: FhirStore) => Promise<Result>): Promise<Result> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  const name = environmentOf(values);
  return withEnvironment(context, name, (url) => withStore(context, name, url, work));
}

/** Sentences about value sets that are unknown, or have too many codes. */
async function faultsOf(store: FhirStore, labels: LabelPolicies): Promise<readonly string[]> {
  const { expandLabels } = await import('@dhp/fhir');
  return (await expandLabels(store, labels, await store.labels.definition())).faults;
}

/** Does nothing for a document without labels. @throws UsageError for a value set that cannot be expanded */
export async function checkLabels(values: Values, { labels }: PolicySet): Promise<void> {
  if (labels === undefined) return;
  const faults = await inStore(values, (store) => faultsOf(store, labels));
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
}

/** The same for the document in force. */
async function faultsNow(store: FhirStore): Promise<readonly string[]> {
  const { text } = (await store.accessPolicies(undefined)) ?? {};
  if (text === undefined) return [];
  const { labels } = readPolicySet(text, { types: resourceTypes, problemOf: () => undefined });
  return labels === undefined ? [] : faultsOf(store, labels);
}

/** Labels take effect later than the rest. */
export function ofLabels({ labels }: PolicySet): string {
  if (labels === undefined) return '';
  return `${said().document.labelsLater}\n`;
}

export const labelsCommand: Command = {
  name: 'policy labels',
  summary: 'Say how far what is stored has the labels of the access policies, and which are withheld',
  options: { environment, json },
  examples: ['dhp policy labels --environment production'],
  run: async (values) => {
    const { progress, faults } = await inStore(values, async (store) => ({
      progress: await store.labels.progress(),
      faults: await faultsNow(store),
    }));
    if (values['json'] === true) print(progress === undefined ? null : { ...progress, faults });
    else if (progress === undefined) process.stdout.write(`${said().labels.none}\n`);
    else {
      const { complete, percent, withheld } = progress;
      const { labels } = said();
      const far = complete ? labels.complete : labels.percent({ percent });
      const kept = withheld.length === 0 ? labels.noneWithheld : labels.withheld({ labels: withheld.join(' ') });
      process.stdout.write([far, kept, ...faults, ''].join('\n'));
    }
    return 0;
  },
};
