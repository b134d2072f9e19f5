import type { JsonResource } from '@dhp/fhir-search';
import type { Extractor } from '../types/planned-parameter.ts';
import { simpleValues } from '../types/simple-values.ts';
import { extractorsOf, ownExtractorsOf } from './extractors.ts';
import { indexBudget, type IndexOptions, readingOf } from './index-values.ts';

/** Target of a search parameter of type reference: a resource of this server (`type` and `id`), or a URL. */
export interface FoundReference {
  readonly parameter: string;
  readonly type?: string;
  readonly id?: string;
  readonly url?: string;
  readonly version?: string;
}

/**
 * Returns the targets of a resource's references by some of its search parameters of type reference, or by all (`*`), for `_include`; in
 * order, with repetitions. References to contained resources and logical references are left out.
 * @throws BudgetSpent
 */
export function referencesOf(
  resource: JsonResource,
  parameters: readonly string[] | '*',
  options: IndexOptions = {},
): FoundReference[] {
  const reading = readingOf(options);
  const work = indexBudget(options);
  const found: FoundReference[] = [];
  const { own } = options;
  const published = referring(resource.resourceType);
  const extractors = own === undefined ? published : [...published, ...ownExtractorsOf(resource.resourceType, own)];
  for (const { parameter, type, items } of extractors) {
    if (type !== 'reference' || (parameters !== '*' && !parameters.includes(parameter))) continue;
    for (const item of items(resource, undefined, work)) {
      for (const value of simpleValues(item, type, reading, resource.resourceType)) {
        if (value.type !== 'reference' || (value.id === undefined && value.url === undefined)) continue;
        const { targetType, id, url, version } = value;
        found.push({
          parameter,
          ...(targetType !== undefined && { type: targetType }),
          ...(id !== undefined && { id }),
          ...(url !== undefined && { url }),
          ...(version !== undefined && { version }),
        });
      }
    }
  }
  return found;
}

const known = new Map<string, readonly Extractor[]>();

/** Returns the published parameters of type reference, a quarter of those of a type. */
function referring(resourceType: string): readonly Extractor[] {
  const found = known.get(resourceType);
  if (found !== undefined) return found;
  const made = extractorsOf(resourceType).filter(({ type }) => type === 'reference');
  // Only known types have any: a resource cannot fill the map.
  if (made.length > 0) known.set(resourceType, made);
  return made;
}
