/** Resources of one topic after the other, as suites of cases have them: each right as it is, and turned once or twice. */
import { randomSource } from '../../random.ts';
import type { Subject } from '../mutants.ts';
import { bundleTopics } from './bundles.ts';
import { contentTopics } from './contents.ts';
import { extensionTopics } from './extensions.ts';
import { operationTopics } from './operations.ts';
import { questionnaireTopics } from './questionnaires.ts';
import { sliceTopics } from './slices.ts';
import { structureTopics } from './structures.ts';
import { terminologyTopics } from './terminology.ts';
import type { Topic } from './topic.ts';
import { valueTopics } from './values.ts';
import { xmlTopics } from './xml.ts';

const all: readonly (readonly [string, Topic])[] = Object.entries({
  ...sliceTopics,
  ...valueTopics,
  ...bundleTopics,
  ...contentTopics,
  ...questionnaireTopics,
  ...terminologyTopics,
  ...extensionTopics,
  ...structureTopics,
  ...operationTopics,
  ...xmlTopics,
});

/** Resources of all topics in turn: the same seed makes the same. */
export function* ofTopics(seed: number, count: number): Generator<Subject> {
  for (let request = 0; request < count; request += 1) {
    const [kind, topic] = all[request % all.length]!;
    const { resource, definitions = [] } = topic(randomSource(seed, request), `topic-${request}`);
    const text = typeof resource === 'string' ? resource : JSON.stringify(resource);
    yield { kind, file: `topic ${request}`, text, definitions };
  }
}
