import { readingOf, type IndexOptions } from '../index-values.ts';
import type { JsonResource } from '../patient-compartment.ts';
import { extractorsOf, ownExtractorsOf } from '../extractors.ts';
import { simpleValues } from '../values/simple.ts';

/** What a search parameter of type reference leads to: a resource of this server (`type` and `id`), or a URL. */
export interface FoundReference {
  readonly parameter: string;
  readonly type?: string;
  readonly id?: string;
  readonly url?: string;
  readonly version?: string;
}

/**
 * What a resource refers to by some of its search parameters of type reference, or by all (`*`), for `_include`; in order, with
 * repetitions. References to contained resources and logical ones lead nowhere and are left out.
 * @throws FhirPathError `limit` for a resource of more than a million items
 */
export function referencesOf(
  resource: JsonResource,
  parameters: readonly string[] | '*',
  options: IndexOptions = {},
): FoundReference[] {
  const reading = readingOf(options);
  const found: FoundReference[] = [];
  const { own } = options;
  const extractors = [
    ...extractorsOf(resource.resourceType),
    ...(own === undefined ? [] : ownExtractorsOf(resource.resourceType, own)),
  ];
  for (const { parameter, type, items } of extractors) {
    if (type !== 'reference' || (parameters !== '*' && !parameters.includes(parameter))) continue;
    for (const value of items(resource).flatMap((item) => simpleValues(item, type, reading, resource.resourceType))) {
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
  return found;
}
