import type { Criterion } from '../../ast/criterion.ts';
import type { FilterOperator, FilterTest } from '../../ast/filter.ts';
import type { Value } from '../../ast/value.ts';
import type { SearchParameterType } from '../../parameters/encoding.ts';
import type { SearchParameter } from '../../parameters/search-parameters.ts';
import { dateBounds } from '../../values/date-bounds.ts';
import { refuse } from '../ask.ts';
import { escape } from '../escapes.ts';
import type { ParseOptions } from '../parse-options.ts';
import { requireShort } from '../short-enough.ts';
import { shortTextValue, textValue } from '../types/string.ts';

/** Returns the criterion of the same search without a filter: name with modifier, value with prefix. */
type AskPlainly = (name: string, value: string) => Criterion;

const ordered: readonly FilterOperator[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb', 'pr'];

/** Operators of each type of parameter. https://hl7.org/fhir/R5/search_filter.html#ops */
const operatorsOf: Readonly<Record<SearchParameterType, readonly FilterOperator[]>> = {
  string: ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le', 'pr'],
  number: ordered,
  date: [...ordered, 'co', 'po'],
  quantity: ordered,
  token: ['eq', 'ne', 'ss', 'sb', 'in', 'ni', 'pr'],
  reference: ['eq', 'ne', 're', 'pr'],
  uri: ['eq', 'ne', 'co', 'sw', 'ew', 'ss', 'sb', 'pr'],
  composite: ['eq'],
  special: ['eq'],
};

const modifierOf: Partial<Record<FilterOperator, string>> = { ss: ':below', sb: ':above', in: ':in', ni: ':not-in' };

/**
 * Returns the criterion of one test of a filter.
 * @throws SearchFault
 */
export function testCriterion(
  parameter: SearchParameter,
  test: FilterTest,
  given: string,
  ask: AskPlainly,
  options: ParseOptions,
): Criterion {
  const { operator, value, path } = test;
  const { name } = path.at(-1)!;
  const kind = parameter.type;
  if (!operatorsOf[kind].includes(operator)) {
    return refuse({
      kind: 'bad-combination',
      parameter: given,
      value: `${name} ${operator} ${value}`,
      expected: `one of ${operatorsOf[kind].join(' ')} for ${name}, which is of type ${kind}`,
    });
  }
  if (operator === 'pr') return presence(name, value, given, ask);
  switch (kind) {
    case 'string':
      return ofText(name, operator, textOf(operator, value, given), ask);
    case 'uri':
      if (isAnywhere(operator)) requireShort({ name: given }, value, value);
      return ofUri(name, operator, value, ask);
    case 'date':
      if (operator === 'co' || operator === 'po') return ofPeriod(name, operator, value, given, options);
      return ask(name, `${operator}${value}`);
    case 'number':
    case 'quantity':
      return ask(name, `${operator}${value}`);
    case 'token': {
      const token = namespaced(value).split('|').map(escape).join('|');
      if (operator === 'ne') return butNot(name, ask(name, token), ask);
      return ask(
        `${name}${modifierOf[operator] ?? ''}`,
        operator === 'in' || operator === 'ni' ? escape(value) : token,
      );
    }
    case 'reference':
      return operator === 'ne' ? butNot(name, ask(name, escape(value)), ask) : ask(name, escape(value));
    case 'composite':
    case 'special':
      return ask(name, value);
  }
}

/** The set is empty or not. */
function presence(name: string, value: string, given: string, ask: AskPlainly): Criterion {
  if (value !== 'true' && value !== 'false') {
    return refuse({
      kind: 'bad-value',
      parameter: given,
      value: `${name} pr ${value}`,
      expected: 'true or false after pr',
    });
  }
  return ask(`${name}:missing`, String(value === 'false'));
}

/** Some value, and no value that meets the criterion: with several values this requires more than one unequal value. */
function butNot(name: string, criterion: Criterion, ask: AskPlainly): Criterion {
  return { kind: 'all', of: [ask(`${name}:missing`, 'false'), { kind: 'not', of: criterion }] };
}

/** Neither from the start nor as a whole. */
function isAnywhere(operator: FilterOperator): boolean {
  return operator === 'co' || operator === 'ew';
}

function textOf(operator: FilterOperator, value: string, name: string): Value {
  const isFromStart = operator === 'eq' || operator === 'ne' || operator === 'sw';
  return (isFromStart ? textValue : shortTextValue)({ name }, escape(value));
}

function ofText(parameter: string, operator: FilterOperator, text: Value, ask: AskPlainly): Criterion {
  const asked = (by: FilterOperator): Criterion => ({ kind: 'parameter', parameter, operator: by, values: [text] });
  return operator === 'ne' ? butNot(parameter, asked('eq'), ask) : asked(operator);
}

function ofUri(parameter: string, operator: FilterOperator, uri: string, ask: AskPlainly): Criterion {
  if (operator === 'ne') return butNot(parameter, ask(parameter, escape(uri)), ask);
  if (operator === 'co' || operator === 'sw' || operator === 'ew') {
    return { kind: 'parameter', parameter, operator, values: [{ type: 'uri', uri }] };
  }
  return ask(`${parameter}${modifierOf[operator] ?? ''}`, escape(uri));
}

/** `co`: the period of the value is within that of the resource; `po`: the two overlap. */
function ofPeriod(
  parameter: string,
  operator: 'co' | 'po',
  value: string,
  given: string,
  options: ParseOptions,
): Criterion {
  const bounds = dateBounds(value, options.timeZone);
  if (bounds === undefined || parameter === '_lastUpdated') {
    return refuse({
      kind: 'bad-value',
      parameter: given,
      value: `${parameter} ${operator} ${value}`,
      expected:
        parameter === '_lastUpdated'
          ? `eq, gt, lt, ge or le for an instant, not ${operator}`
          : 'a date without a prefix',
    });
  }
  return {
    ...{ kind: 'parameter', parameter, operator },
    values: [{ type: 'date', comparator: 'eq', date: value, ...bounds }],
  };
}

const namespaces: ReadonlyMap<string, string> = new Map([
  ['loinc', 'http://loinc.org'],
  ['snomed', 'http://snomed.info/sct'],
  ['rxnorm', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['ucum', 'http://unitsofmeasure.org'],
]);

/** A token with the full system in place of a short name. */
export function namespaced(value: string): string {
  const bar = value.indexOf('|');
  const system = bar < 0 ? undefined : namespaces.get(value.slice(0, bar));
  return system === undefined ? value : system + value.slice(bar);
}
