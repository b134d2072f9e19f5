/** Searches of all types of parameters and modifiers, right and wrong, the same for the same seed. */
import { resourceTypes } from '@dhp/fhir-model';
import type { GivenParameter, SearchScope } from '../src/index.ts';
import { type SearchParameter, searchParametersOf } from '../src/parameters.ts';

export interface GeneratedSearch {
  readonly scope: SearchScope;
  readonly parameters: readonly GivenParameter[];
}

const values: Readonly<Record<string, readonly string[]>> = {
  token: [
    ...['a', 's|a', '|a', 's|', '|', 'true', 'false', 'a\\|b', 'a\\,b', 's|a|b', 'image/png', 'image', 'x y', '\\\\'],
    'http://hl7.org/fhir/administrative-gender|male',
  ],
  string: ['anna', 'Бобур', 'a b', '-', '"a b" OR c', 'a -b', '(a OR b) c', '(a', 'NOT x y', 'x\\$y', "o'g", 'a\\\\b'],
  reference: [
    ...[
      'p1',
      'Patient/p1',
      'Patient/p1/_history/2',
      'https://dhp.example/fhir/Patient/p1',
      'http://x/Patient/1',
      'List/1',
    ],
    ...[
      'http://x/Patient/1/_history/3',
      'Foo/1',
      'urn:uuid:1',
      'bad id',
      'http://c|1.2',
      'http://c|',
      'a:b|c|',
      'Group/2',
    ],
  ],
  date: [
    '2020',
    'ge2020-01',
    'lt2020-01-01T10:00',
    'ap2021',
    'ne2020',
    'le2020-02-30',
    'sa2019',
    'eb2018-05',
    'eq2020-01',
  ],
  number: ['1', '-1.50', '1e2', 'ge5', 'ap100', 'ne3', '1e400', 'x', '0.100', 'lt5.4', 'sa1', 'eb2', '+3', 'eq0.00'],
  quantity: ['5.4', 'gt5|http://unitsofmeasure.org|mg', '5||mg', '5||', '5|s|', 'ne5|s|c', 'x', '1|a|b|c', '5|s\\|t|c'],
  uri: ['http://a/b/c', 'urn:x', 'http://a/', 'x', 'http://a/b\\,c'],
  composite: [
    's|a$5',
    'a$b',
    'a$gt2020',
    's|a$gt5||mg',
    'a$',
    's|$5',
    'Patient/p$a',
    '1||g$2||g',
    'a\\$b$text',
    'http://x$2020',
  ],
  special: [
    ...['41.3|69.2', '41.3|69.2|5|km', '0.0000001|1|0.00000025|[mi_i]', '100|1', '1|2|3|ft', 'words here', '--'],
    ...[
      '"a b" OR (c -d)',
      'code$words',
      's|code$w OR x',
      'List/1',
      '1',
      '$current-problems',
      'CareTeam/2',
      'name eq x',
    ],
  ],
};
const anyValue = Object.values(values).flat();
const modifiers = [
  ...['missing', 'exact', 'contains', 'text', 'text-advanced', 'code-text', 'not', 'of-type', 'in', 'not-in', 'above'],
  ...['below', 'identifier', 'iterate', 'foo', 'Patient', 'Location'],
];
const operators = 'eq ne co sw ew gt lt ge le ap sa eb pr po ss sb in ni re'.split(' ');
const usual = [
  ...[
    'Patient',
    'Observation',
    'Location',
    'Composition',
    'Bundle',
    'Task',
    'Questionnaire',
    'Provenance',
    'Condition',
  ],
  ...['MedicationRequest', 'ValueSet', 'StructureDefinition', 'Group', 'MolecularSequence', 'DocumentReference'],
];
const kinds = ['number', 'quantity', 'composite', 'special', 'date', 'uri', 'token', 'string', 'reference'];

export function* generatedSearches(seed: number, count: number): Generator<GeneratedSearch> {
  const made = new Maker(seed);
  for (let n = 0; n < count; n++) yield made.search();
}

class Maker {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  search(): GeneratedSearch {
    const type = this.#type();
    const scope = this.#below(8) === 0 ? { types: [...new Set([type, this.#one(usual)])] } : { type };
    const parameters = Array.from({ length: 1 + this.#below(2) }, () => this.#criterion(type, 0));
    if (this.#below(4) === 0) parameters.push(this.#sort(type));
    if (this.#below(8) === 0) parameters.push(this.#include());
    if (this.#below(8) === 0) parameters.push(this.#result());
    return { scope, parameters };
  }

  /** Mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)]!;
  }

  #type(): string {
    return this.#below(4) === 0 ? this.#one(resourceTypes) : this.#one(usual);
  }

  /** Each type of parameter as often as another. */
  #parameter(type: string): SearchParameter {
    const all = [...searchParametersOf(type).values()];
    const kind = this.#one(kinds);
    const of = all.filter((one) => one.type === kind);
    return this.#one(of.length > 0 ? of : all);
  }

  #criterion(type: string, depth: number): GivenParameter {
    const parameter = this.#parameter(type);
    const { code, target } = parameter;
    if (depth < 3 && this.#below(20) === 0) return this.#has(type, depth);
    if (this.#below(12) === 0 || code === '_filter') return ['_filter', this.#filter(type, 0)];
    if (parameter.type === 'reference' && depth < 3 && this.#below(2) === 0) {
      const to = target.length > 0 ? this.#one(target) : 'Patient';
      const [name, value] = this.#criterion(to, depth + 1);
      return [`${code}${this.#below(2) === 0 ? '' : `:${to}`}.${name}`, value];
    }
    const modifier = this.#below(2) === 0 ? undefined : this.#one(modifiers);
    const count = this.#below(3) === 0 ? 1 + this.#below(3) : 1;
    const value = Array.from({ length: count }, () => this.#value(parameter.type, modifier)).join(',');
    return [modifier === undefined ? code : `${code}:${modifier}`, value];
  }

  #has(type: string, depth: number): GivenParameter {
    const source = this.#type();
    const references = [...searchParametersOf(source).values()].filter(({ target }) => target.includes(type));
    const [name, value] = this.#criterion(source, depth + 1);
    return [`_has:${source}:${references.length === 0 ? 'subject' : this.#one(references).code}:${name}`, value];
  }

  #value(kind: string, modifier: string | undefined): string {
    if (modifier === 'missing') return this.#one(['true', 'false', 'x']);
    if (modifier === 'in' || modifier === 'not-in')
      return this.#one(['vs', 'List/1', 'Group/g', 'http://v|1', 'a\\,b']);
    if (modifier === 'of-type') return this.#one(['s|c|v', 's|c', '|c|v', 's|c|v\\|w']);
    return this.#one(this.#below(20) === 0 ? anyValue : (values[kind] ?? anyValue));
  }

  #filter(type: string, depth: number): string {
    const choice = this.#below(10);
    if (depth < 3 && choice < 3) {
      return `${this.#filter(type, depth + 1)} ${this.#one(['and', 'or'])} ${this.#filter(type, depth + 1)}`;
    }
    if (depth < 3 && choice === 3) return `(${this.#filter(type, depth + 1)})`;
    if (depth < 3 && choice === 4) return `not (${this.#filter(type, depth + 1)})`;
    const parameter = this.#parameter(type);
    let path = parameter.code;
    let kind: string = parameter.type;
    if (kind === 'reference' && this.#below(2) === 0) {
      const to = parameter.target.length > 0 ? this.#one(parameter.target) : 'Patient';
      const inner = this.#parameter(to);
      const where = this.#below(2) === 0 ? '' : `[${this.#filter(to, depth + 2)}]`;
      path = `${path}${this.#below(2) === 0 ? '' : `:${to}`}${where}.${inner.code}`;
      kind = inner.type;
    }
    const value = this.#below(6) === 0 ? this.#one(['true', 'false']) : this.#one(values[kind] ?? anyValue);
    const literal = /[\s()"\]]/.test(value) || this.#below(3) === 0 ? JSON.stringify(value) : value;
    return `${path} ${this.#one(operators)} ${literal}`;
  }

  #sort(type: string): GivenParameter {
    const rule = () =>
      `${this.#one(['', '-'])}${this.#below(4) === 0 ? this.#one(['_id', '_lastUpdated', '_score']) : this.#parameter(type).code}`;
    return ['_sort', Array.from({ length: 1 + this.#below(2) }, rule).join(',') + this.#one(['', '', ':text'])];
  }

  #include(): GivenParameter {
    const place = [
      '*',
      'Observation:subject',
      'Observation:*',
      'Observation:subject:Patient',
      'Provenance:target',
      'x',
    ];
    return [this.#one(['_include', '_revinclude', '_include:iterate']), this.#one(place)];
  }

  #result(): GivenParameter {
    return this.#one<GivenParameter>([
      ['_count', '20'],
      ['_total', 'none'],
      ['_summary', 'count'],
      ['_elements', 'id,meta'],
      ['_contained', 'both'],
      ['_containedType', 'contained'],
      ['_score', 'true'],
    ]);
  }
}
