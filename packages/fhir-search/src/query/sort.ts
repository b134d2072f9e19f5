import { resourceTypes } from '@dhp/fhir-model';
import type { SortedBy, SortRule } from '../ast/search.ts';
import { derivedParameters } from '../parameters/derived-parameters.ts';
import { elementPaths, type ElementPath } from '../parameters/element-paths.ts';
import { mainDateParameter } from '../parameters/main-date.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import { isSingle, valueTypes } from '../parameters/parameter-paths.ts';
import { searchParameter, type SearchParameter } from '../parameters/search-parameters.ts';
import { expectedOf } from '../parameters/value-types.ts';
import { refuse } from './ask.ts';
import { requireAtMost } from './search-limits.ts';
import { requireReady, unknownParameter } from './unknown-parameter.ts';

/**
 * `_sort=-date,name`: parameters between commas, those with a minus descending; `code:text` by the displayed text.
 * https://hl7.org/fhir/R5/search.html#_sort
 * @param types the searched types; with several, only keys with the same meaning in all of them are possible
 * @throws SearchFault
 */
export function sortOf(types: readonly string[], value: string, own?: OwnParameters): SortRule[] {
  const rules = value.split(',').filter((one) => one !== '');
  requireAtMost('sortKeys', rules.length, '_sort');
  return rules.map((rule) => {
    const descending = rule.startsWith('-');
    const [code = '', modifier, ...more] = (descending ? rule.slice(1) : rule).split(':');
    if (more.length > 0 || (modifier !== undefined && modifier !== 'text')) {
      return refuse({ kind: 'unknown-modifier', parameter: '_sort', value: rule, expected: ':text alone' });
    }
    return { parameter: code, descending, by: sortBy(types, code, modifier === 'text', rule, own) };
  });
}

function sortBy(
  types: readonly string[],
  code: string,
  byText: boolean,
  rule: string,
  own: OwnParameters | undefined,
): SortedBy {
  if (code === '_score') return { kind: 'score' };
  if (code === '_lastUpdated') return { kind: 'last-updated' };
  if (code === '_id') return { kind: 'id' };
  const parameters = types.map((type) => ruleParameter(type, code, rule, own));
  const [type, parameter] = [types[0]!, parameters[0]!];
  if (byText) return displayed(types, parameter, rule);
  if (types.every((one) => mainDateParameter(one) === code)) return { kind: 'main-date' };
  if (types.length > 1) return { kind: 'element', paths: commonPaths(types, parameters, rule) };
  const parts = (derivedParameters(type).get(code) ?? [code]).map((part) => searchParameter(type, part, own)!);
  const only = parts.length === 1 ? parts[0]! : undefined;
  switch (only?.type) {
    case 'date':
    case 'number':
    case 'string':
    case 'quantity':
    case 'uri':
      return { kind: only.type, parameter: only.code };
    case 'token':
      if (expectedOf(type, only) === 'many') return { kind: 'token', parameter: only.code };
      return { kind: 'element', paths: pathsOf(type, only, rule) };
    case 'reference':
      return byReference(type, only, rule);
    case 'composite':
    case 'special':
    case undefined:
      return { kind: 'element', paths: parts.flatMap((part) => pathsOf(type, part, rule)) };
  }
}

/** A canonical is only read in the resource: it has no target whose values could be followed. */
function byReference(type: string, parameter: SearchParameter, rule: string): SortedBy {
  const paths = pathsOf(type, parameter, rule);
  if ([...valueTypes(type, parameter)].some((one) => one !== 'Reference' && one !== 'CodeableReference')) {
    return { kind: 'element', paths };
  }
  const targets = parameter.target.length > 0 ? parameter.target : resourceTypes;
  return {
    ...{ kind: 'reference', parameter: parameter.code, paths },
    ...{ targets: targets.toSorted(), single: isSingle(type, parameter) },
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

/** The displays of a token or reference. */
function displayed(types: readonly string[], { code, type }: SearchParameter, rule: string): SortedBy {
  const [only, ...others] = types;
  if (only !== undefined && others.length === 0 && (type === 'token' || type === 'reference')) {
    return { kind: 'display', parameter: code };
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
): readonly ElementPath[] {
  const [first, ...others] = types.map((type, i) => pathsOf(type, parameters[i]!, rule));
  if (others.every((paths) => JSON.stringify(paths) === JSON.stringify(first))) return first!;
  return refuse({
    kind: 'not-supported',
    parameter: '_sort',
    value: rule,
    expected:
      'in a search of several types a parameter that looks at the same element in all of them: _lastUpdated, _id, _tag, _profile, _source, identifier',
  });
}

function pathsOf(type: string, parameter: SearchParameter, rule: string): readonly ElementPath[] {
  const paths = elementPaths(type, parameter);
  if (typeof paths !== 'string') return paths;
  return refuse({
    kind: 'not-supported',
    parameter: '_sort',
    value: rule,
    expected: `another parameter to sort by: ${paths}`,
  });
}
