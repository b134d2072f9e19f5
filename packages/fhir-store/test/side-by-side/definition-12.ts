/** Definition 12 of the index, which has of a long text its start alone. */
import type { JsonResource } from '@dhp/fhir-search';
import { indexRow, labelParameters, type IndexRow } from '@dhp/search-index/rows';
import type { IndexDefinition } from '../../src/statements/index-definition.ts';

/** Rows as the previous release made them: without the values of whole texts, with those of their starts. */
export const definition12: IndexDefinition = {
  version: 12,
  row(resource, options) {
    const longLabels = new Set(labelParameters(resource.resourceType).map(({ longWords }) => longWords));
    const [whole, cut] = [resource, cutTexts(resource)].map((each) =>
      indexRow(each, { ...options, allPosted: true }),
    ) as [IndexRow, IndexRow];
    const ofCut = new Set(cut.words.map(({ key }) => key));
    const ofWhole = new Set(whole.words.filter(({ key }) => !ofCut.has(key)).map(({ key }) => key));
    return {
      ...whole,
      keys: whole.keys.filter((key) => !ofWhole.has(key)),
      strings: cut.strings,
      words: cut.words.filter(({ parameter }) => !longLabels.has(parameter)),
    };
  },
};

/** The same with no text longer than 256, but for labels. */
function cutTexts({ meta, ...rest }: JsonResource): JsonResource {
  const cut = JSON.stringify(rest, (_, value: unknown) => (typeof value === 'string' ? value.slice(0, 256) : value));
  return { ...(JSON.parse(cut) as JsonResource), meta };
}
