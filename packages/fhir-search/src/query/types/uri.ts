import { keyOf } from '../../index/keys.ts';
import { textForIndex } from '../../index/text-for-index.ts';
import { badValue, type Ask } from '../ask.ts';
import { anyOf } from '../combine.ts';
import type { Condition } from '../condition.ts';
import { unescape } from '../escapes.ts';

/** https://hl7.org/fhir/R5/search.html#uri */
export function uriCondition(ask: Ask, values: readonly string[]): Condition {
  const { modifier, seed } = ask;
  const uris = values.map(unescape);
  switch (modifier) {
    case 'below':
      return anyOf(uris.flatMap((uri) => below(ask, uri)));
    case 'above':
      return exactly(
        seed,
        uris.flatMap((uri) => prefixesOf(ask, uri)),
      );
    case 'contains':
      return anyOf(uris.map((uri) => ({ op: 'string', key: seed, match: 'contains', text: textForIndex(uri) })));
    case undefined:
    default:
      return exactly(seed, uris);
  }
}

function exactly(seed: bigint, uris: readonly string[]): Condition {
  return { op: 'keys', any: [...new Set(uris)].map((uri) => keyOf(seed, uri)), expect: 'some' };
}

/** The uri itself and those with further segments of the path. */
function below(ask: Ask, uri: string): Condition[] {
  requireUrl(ask, uri);
  const { seed: key } = ask;
  if (uri.endsWith('/')) return [{ op: 'string', key, match: 'starts', text: textForIndex(uri) }];
  return [exactly(key, [uri]), { op: 'string', key, match: 'starts', text: textForIndex(`${uri}/`) }];
}

/** The uri itself and what is left when segments of its path are taken away from the end, with and without the slash. */
function prefixesOf(ask: Ask, uri: string): string[] {
  const start = requireUrl(ask, uri);
  const found = [uri];
  for (let end = uri.lastIndexOf('/'); end > start; end = uri.lastIndexOf('/', end - 1)) {
    found.push(uri.slice(0, end + 1), uri.slice(0, end));
  }
  return found;
}

/** Where the authority of a URL begins. @throws SearchFault for a URN, which has no path */
function requireUrl(ask: Ask, uri: string): number {
  const match = /^[a-z][a-z0-9+.-]*:\/\//i.exec(uri);
  return match === null ? badValue(ask, uri, 'a URL: above and below follow its path') : match[0].length;
}
