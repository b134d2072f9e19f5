import { resourceTypes } from '@dhp/fhir-model';
import { derivedParameters } from '../index/derived-parameters.ts';
import { seedOf } from '../index/keys.ts';
import { mainDateParameter } from '../index/main-date.ts';
import { postedParameters } from '../index/posted-parameters.ts';
import { referenceSeed } from '../index/shared-references.ts';
import { presenceOf } from '../index/usual-parameters.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import { searchParameter, type SearchParameter } from '../parameters/search-parameters.ts';
import { refuse } from './ask.ts';
import { isSingle, valueTypes } from './parameter-paths.ts';
import { requireAtMost } from './search-limits.ts';
import { requireReady, unknownParameter } from './unknown-parameter.ts';
import type { SortKey } from './search-query.ts';
import { sortPaths } from './sort-paths.ts';
import { expectedOf } from './value-types.ts';

/**
 * `_sort=-date,name`: parameters between commas, those with a minus descending; `code:text` by what is displayed.
 * https://hl7.org/fhir/R5/search.html#_sort
 * @param types those that are searched; of several only what means the same in all of them can be sorted by
 * @throws SearchFault
 */
export function sortOf(types: readonly string[], value: string, own?: OwnParameters): SortKey[] {
  const rules = value.split(',').filter((one) => one !== '');
  requireAtMost('sortKeys', rules.length, '_sort');
  return rules.map((rule) => {
    const descending = rule.startsWith('-');
    const [code = '', modifier, ...more] = (descending ? rule.slice(1) : rule).split(':');
    if (more.length > 0 || (modifier !== undefined && modifier !== 'text')) {
      return refuse({ kind: 'unknown-modifier', parameter: '_sort', value: rule, expected: ':text alone' });
    }
    return { by: sortBy(types, code, modifier === 'text', rule, own), descending };
  });
}

function sortBy(
  types: readonly string[],
  code: string,
  byText: boolean,
  rule: string,
  own: OwnParameters | undefined,
): SortKey['by'] {
  if (code === '_score') return { kind: 'score' };
  if (code === '_lastUpdated') return { kind: 'last-updated' };
  if (code === '_id') return { kind: 'id' };
  const parameters = types.map((type) => ruleParameter(type, code, rule, own));
  const [type, parameter] = [types[0]!, parameters[0]!];
  if (byText) return displayed(types, parameter, rule);
  if (types.every((one) => mainDateParameter(one) === code)) return { kind: 'main-date' };
  if (types.length > 1) return { kind: 'json', paths: commonPaths(types, parameters, rule) };
  const parts = (derivedParameters(type).get(code) ?? [code]).map((part) => searchParameter(type, part, own)!);
  const only = parts.length === 1 ? parts[0]! : undefined;
  const seed = seedOf(type, only?.rows ?? code);
  switch (only?.type) {
    case 'date':
    case 'number':
    case 'string':
      return { kind: only.type, key: seed };
    case 'quantity':
      return { kind: 'quantity', seed };
    case 'token':
      if (expectedOf(type, only) === 'many') {
        const present = presenceOf(type, only.rows);
        return { kind: 'word', parameter: seed, present, posted: postedParameters(type).has(only.rows) };
      }
      return { kind: 'json', paths: pathsOf(type, only, rule) };
    case 'reference':
      return byReference(type, only, rule);
    case 'uri':
      return { kind: 'string', key: seed };
    case 'composite':
    case 'special':
    case undefined:
      return { kind: 'json', paths: parts.flatMap((part) => pathsOf(type, part, rule)) };
  }
}

/** What is looked at in a body only, as a canonical is, has no row of its own that the index could follow. */
function byReference(type: string, parameter: SearchParameter, rule: string): SortKey['by'] {
  const paths = pathsOf(type, parameter, rule);
  if ([...valueTypes(type, parameter)].some((one) => one !== 'Reference' && one !== 'CodeableReference')) {
    return { kind: 'json', paths };
  }
  const targets = parameter.target.length > 0 ? parameter.target : resourceTypes;
  return {
    kind: 'reference',
    paths,
    refers: referenceSeed(type, parameter.rows),
    present: presenceOf(type, parameter.rows),
    targets: targets.toSorted(),
    single: isSingle(type, parameter),
  };
}

function ruleParameter(type: string, code: string, rule: string, own?: OwnParameters): SearchParameter {
  const found = searchParameter(type, code, own);
  if (found !== undefined) {
    requireReady(found, '_sort');
    return found;
  }
  const problem = unknownParameter(type, code, '_sort', own);
  return refuse({ ...problem, value: rule, expected: `${problem.expected}, with - before it to sort descending` });
}

/** The displays of a token or reference are words. */
function displayed(types: readonly string[], { rows, type }: SearchParameter, rule: string): SortKey['by'] {
  const [only, ...others] = types;
  if (only !== undefined && others.length === 0 && (type === 'token' || type === 'reference')) {
    const [parameter, present] = [seedOf(only, rows, 'text'), presenceOf(only, rows)];
    return { kind: 'word', parameter, present, posted: false };
  }
  return refuse({
    kind: 'bad-combination',
    parameter: '_sort',
    value: rule,
    expected: ':text with a token or a reference, in a search of one type',
  });
}

/** The paths of a parameter that is the same for all types. */
function commonPaths(
  types: readonly string[],
  parameters: readonly SearchParameter[],
  rule: string,
): readonly string[] {
  const [first, ...others] = types.map((type, i) => pathsOf(type, parameters[i]!, rule));
  if (others.every((paths) => paths.join('\n') === first!.join('\n'))) return first!;
  return refuse({
    kind: 'not-supported',
    parameter: '_sort',
    value: rule,
    expected:
      'in a search of several types a parameter that looks at the same element in all of them: _lastUpdated, _id, _tag, _profile, _source, identifier',
  });
}

function pathsOf(type: string, parameter: SearchParameter, rule: string): readonly string[] {
  const paths = sortPaths(type, parameter);
  if (typeof paths !== 'string') return paths;
  return refuse({
    kind: 'not-supported',
    parameter: '_sort',
    value: rule,
    expected: `another parameter to sort by: ${paths}`,
  });
}
