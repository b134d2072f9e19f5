/** `dhp policy labels`, and what the activation of a document with labels needs: the codes of its value sets. docs/access.md */
import type { LabelPolicies, PolicySet } from '@dhp/access-policies';
import type { FhirStore } from '@dhp/fhir-store';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext } from '../context.ts';
import { withEnvironment, withStore } from '../environment.ts';
import { progressOn, silent } from '../progress.ts';
import { environment, environmentOf, json, print } from './shared.ts';

function inStore<Result>(values: Values, work: (store: FhirStore) => Promise<Result>): Promise<Result> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  const name = environmentOf(values);
  return withEnvironment(context, name, (url) => withStore(context, name, url, work));
}

/** The number of codes that get a label. @throws UsageError for a value set that is not known, or has too many codes */
async function codesOf(store: FhirStore, labels: LabelPolicies): Promise<number> {
  const { expandLabels } = await import('@dhp/fhir');
  try {
    const { definition } = await expandLabels(store, labels);
    return new Set(definition.rules.flatMap(({ codes }) => codes)).size;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Nothing for a document without labels. @throws UsageError as `codesOf` does */
export async function checkLabels(values: Values, { labels }: PolicySet): Promise<void> {
  if (labels !== undefined) await inStore(values, (store) => codesOf(store, labels));
}

/** Labels take effect later than the rest. */
export function ofLabels({ labels }: PolicySet): string {
  if (labels === undefined) return '';
  return 'Labels are withheld once a server has labelled what was stored before; it begins with its next request. dhp policy labels tells how far it is.\n';
}

export const labelsCommand: Command = {
  name: 'policy labels',
  summary: 'Say how far what is stored has the labels of the access policies, and which are withheld',
  options: { environment, json },
  examples: ['dhp policy labels --environment production'],
  run: async (values) => {
    const progress = await inStore(values, (store) => store.labels.progress());
    if (values['json'] === true) print(progress ?? null);
    else if (progress === undefined)
      process.stdout.write(
        'There are no labels: no access policies in force have any, or no server has read them yet.\n',
      );
    else {
      const { complete, percent, withheld } = progress;
      const far = complete ? 'What is stored has its labels.' : `${String(percent)} % of what is stored was looked at.`;
      const kept = withheld.length === 0 ? 'None is withheld yet.' : `Withheld: ${withheld.join(' ')}`;
      process.stdout.write(`${far}\n${kept}\n`);
    }
    return 0;
  },
};
