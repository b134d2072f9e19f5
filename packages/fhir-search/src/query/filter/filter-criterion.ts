import { derivedParameters } from '../../index/derived-parameters.ts';
import { seedOf } from '../../index/keys.ts';
import { mainDateParameter } from '../../index/main-date.ts';
import { textForIndex } from '../../index/text-for-index.ts';
import type { SearchParameterType } from '../../parameters/encoding.ts';
import type { SearchParameter } from '../../parameters/search-parameters.ts';
import { dateBounds } from '../../values/date.ts';
import { refuse } from '../ask.ts';
import { allOf, anyOf, not } from '../combine.ts';
import type { Condition, TextMatch } from '../condition.ts';
import { escape } from '../escapes.ts';
import type { ParseOptions } from '../parse-options.ts';
import { normalised } from '../types/string.ts';
import type { FilterOperator, FilterTest } from './syntax.ts';

/** What the search without a filter asks: name with modifier, value with prefix. */
type AskPlainly = (name: string, value: string) => Condition;

const ordered: readonly FilterOperator[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb', 'pr'];

/** Which operators a type of parameter has. https://hl7.org/fhir/R5/search_filter.html#ops */
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
 * What one test of a filter asks.
 * @throws SearchFault
 */
export function testCondition(
  type: string,
  parameter: SearchParameter,
  test: FilterTest,
  given: string,
  ask: AskPlainly,
  options: ParseOptions,
): Condition {
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
      return ofText(type, parameter, operator, normalised({ name: given }, escape(value)), ask);
    case 'uri':
      return ofUri(type, parameter, operator, value, ask);
    case 'date':
      if (operator === 'co' || operator === 'po') return ofPeriod(type, parameter, operator, value, given, options);
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
function presence(name: string, value: string, given: string, ask: AskPlainly): Condition {
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

/** Some value, and none that meets the condition: with several values that is more than one unequal one. */
function butNot(name: string, condition: Condition, ask: AskPlainly): Condition {
  return allOf([ask(`${name}:missing`, 'false'), not(condition)]);
}

const matchOf: Partial<Record<FilterOperator, TextMatch>> = {
  ...({ eq: 'equals', ne: 'equals', co: 'contains', sw: 'starts', ew: 'ends' } as const),
  ...({ gt: 'gt', ge: 'ge', lt: 'lt', le: 'le' } as const),
};

function ofText(
  type: string,
  parameter: SearchParameter,
  operator: FilterOperator,
  text: string,
  ask: AskPlainly,
): Condition {
  const name = parameter.code;
  const match = matchOf[operator]!;
  const asked = anyOf(partsOf(type, parameter).map((rows) => ({ op: 'string', key: seedOf(type, rows), match, text })));
  return operator === 'ne' ? butNot(name, asked, ask) : asked;
}

function ofUri(
  type: string,
  parameter: SearchParameter,
  operator: FilterOperator,
  uri: string,
  ask: AskPlainly,
): Condition {
  const name = parameter.code;
  if (operator === 'ne') return butNot(name, ask(name, escape(uri)), ask);
  if (operator === 'co' || operator === 'sw' || operator === 'ew') {
    const [match, text] = [matchOf[operator]!, textForIndex(uri)];
    return anyOf(partsOf(type, parameter).map((rows) => ({ op: 'string', key: seedOf(type, rows), match, text })));
  }
  return ask(`${name}${modifierOf[operator] ?? ''}`, escape(uri));
}

/** `co`: the period of the value is within that of the resource; `po`: the two overlap. */
function ofPeriod(
  type: string,
  parameter: SearchParameter,
  operator: 'co' | 'po',
  value: string,
  given: string,
  options: ParseOptions,
): Condition {
  const name = parameter.code;
  const bounds = dateBounds(value, options.timeZone);
  if (bounds === undefined || name === '_lastUpdated') {
    return refuse({
      kind: 'bad-value',
      parameter: given,
      value: `${name} ${operator} ${value}`,
      expected:
        name === '_lastUpdated' ? `eq, gt, lt, ge or le for an instant, not ${operator}` : 'a date without a prefix',
    });
  }
  const { low, high } = bounds;
  const interval =
    operator === 'co' ? { low: { le: low }, high: { ge: high } } : { low: { lt: high }, high: { gt: low } };
  return anyOf(
    partsOf(type, parameter).map((rows) => ({
      op: 'date',
      key: mainDateParameter(type) === rows ? 'main' : seedOf(type, rows),
      interval,
    })),
  );
}

/** The parameters that have the values of this one. */
function partsOf(type: string, { code, rows }: SearchParameter): readonly string[] {
  return derivedParameters(type).get(code) ?? [rows];
}

const namespaces: ReadonlyMap<string, string> = new Map([
  ['loinc', 'http://loinc.org'],
  ['snomed', 'http://snomed.info/sct'],
  ['rxnorm', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['ucum', 'http://unitsofmeasure.org'],
]);

/** A token with the system in full where one of the short names stands for it. */
export function namespaced(value: string): string {
  const bar = value.indexOf('|');
  const system = bar < 0 ? undefined : namespaces.get(value.slice(0, bar));
  return system === undefined ? value : system + value.slice(bar);
}
