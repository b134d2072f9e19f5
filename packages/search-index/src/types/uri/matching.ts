import type { Value } from '@dhp/fhir-search';
import { anyOf } from '../../condition/combine.ts';
import type { Condition } from '../../condition/condition.ts';
import { keyOf } from '../../keys/keys.ts';
import { type Ask, valueOf } from '../ask.ts';
import { matchOf, stringUnder } from '../string/matching.ts';

/** https://hl7.org/fhir/R5/search.html#uri */
export function uriCondition({ modifier, operator, seed: key }: Ask, values: readonly Value[]): Condition {
  const uris = values.map((value) => valueOf(value, 'uri').uri);
  if (operator !== undefined) {
    const match = matchOf[operator]!;
    return anyOf(uris.map((uri) => stringUnder(key, match, uri)));
  }
  switch (modifier) {
    case 'below':
      return anyOf(uris.flatMap((uri) => below(key, uri)));
    case 'above':
      return exactly(key, uris.flatMap(prefixesOf));
    case 'contains':
      return anyOf(uris.map((uri) => stringUnder(key, 'contains', uri)));
    case undefined:
    default:
      return exactly(key, uris);
  }
}

function exactly(seed: bigint, uris: readonly string[]): Condition {
  return { op: 'keys', any: [...new Set(uris)].map((uri) => keyOf(seed, uri)), expect: 'some' };
}

/** The uri itself and those with further segments of the path. */
function below(key: bigint, uri: string): Condition[] {
  if (uri.endsWith('/')) return [stringUnder(key, 'starts', uri)];
  return [exactly(key, [uri]), stringUnder(key, 'starts', `${uri}/`)];
}

/** The URL itself and its prefixes without segments at the end of its path, with and without the slash. */
function prefixesOf(url: string): string[] {
  const authority = url.indexOf('://') + 3;
  const found = [url];
  for (let end = url.lastIndexOf('/'); end > authority; end = url.lastIndexOf('/', end - 1)) {
    found.push(url.slice(0, end + 1), url.slice(0, end));
  }
  return found;
}
