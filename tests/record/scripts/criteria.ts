/** Criteria of searches made from what resources hold, so that many find something: every type of parameter with its forms. */
import { type SearchParameter, searchParametersOf } from '@dhp/fhir-search/parameters';
import type { Random } from '../../random.ts';
import { codes, residents, valueSet, type Resource } from './world.ts';

const modifiers: Readonly<Record<string, readonly string[]>> = {
  string: ['', '', '', ':exact', ':contains', ':missing', ':text'],
  token: ['', '', '', ':not', ':text', ':in', ':not-in', ':below', ':above', ':missing', ':code-text'],
  reference: ['', '', '', ':missing', ':identifier', ':Patient', ':text'],
  uri: ['', '', ':below', ':above', ':contains', ':missing'],
  date: ['', '', '', ':missing'],
  number: ['', '', ':missing'],
  quantity: ['', '', ':missing'],
  composite: [''],
  special: [''],
};
const prefixes = ['', '', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

/** Parameters of the form of results, or queries of their own: they are beside the criteria (`searches.ts`). */
const results = new Set(['_content', '_filter', '_has', '_in', '_list', '_query', '_text', '_type', '_contained']);

/** Parameters that refer to a type, as `_has` names them. */
const reverses: Readonly<Record<string, readonly string[]>> = {
  Patient: [
    'Observation:patient',
    'Observation:subject',
    'Observation:performer',
    'Encounter:patient',
    'Condition:patient',
    'Group:member',
    'List:item',
  ],
  Encounter: ['Observation:encounter', 'Condition:encounter'],
  Practitioner: [
    'Patient:general-practitioner',
    'Observation:performer',
    'Encounter:participant',
    'Composition:author',
  ],
  Organization: ['Patient:organization', 'Organization:partof', 'Observation:performer'],
  Observation: ['List:item', 'Observation:has-member', 'Composition:entry'],
};

const types = [...new Set(residents.map(({ resourceType }) => resourceType))];
const byType = new Map(types.map((type) => [type, residents.filter(({ resourceType }) => resourceType === type)]));

/** A type of the world, those of which there are many more often. */
export function randomType(random: Random): string {
  return random.oneIn(3)
    ? random.pick(types)
    : random.pick(['Patient', 'Observation', 'Observation', 'Encounter', 'Condition']);
}

/** One criterion for a type, encoded. */
export function criterion(type: string, random: Random, depth = 0): string {
  const parameters = [...searchParametersOf(type).values()].filter(({ code }) => !results.has(code));
  const parameter = random.pick(parameters);
  const reverse = depth < 2 && random.oneIn(8) ? random.pick(reverses[type] ?? [undefined]) : undefined;
  if (reverse !== undefined) return `_has:${reverse}:${criterion(reverse.split(':')[0]!, random, depth + 1)}`;
  const leads = parameter.type === 'reference' && !parameter.code.startsWith('_');
  if (depth < 2 && leads && random.oneIn(2)) return chained(parameter, random, depth);
  const modifier = modifierOf(parameter, random);
  const values = Array.from({ length: random.oneIn(5) && modifier !== ':missing' ? 2 : 1 }, () =>
    valueOf(type, parameter, modifier, random),
  );
  return `${parameter.code}${modifier}=${values.map(encodeURIComponent).join(',')}`;
}

/** Now and then one that does not suit. */
function modifierOf({ type, code }: SearchParameter, random: Random): string {
  if (random.oneIn(40)) return random.pick([':of-type', ':above', ':exact', ':x', ':iterate']);
  if (code === 'identifier' && random.oneIn(4)) return ':of-type';
  if (code.startsWith('_')) return random.pick(['', '', ':missing']);
  return random.pick(modifiers[type] ?? ['']);
}

function chained({ code, target }: SearchParameter, random: Random, depth: number): string {
  const known = types.filter((type) => target.includes(type));
  const type = random.pick(known.length === 0 ? target.slice(0, 3) : known);
  const isNamed = target.length !== 1 && !random.oneIn(6);
  return `${code}${isNamed ? `:${type}` : ''}.${criterion(type, random, depth + 1)}`;
}

function valueOf(type: string, parameter: SearchParameter, modifier: string, random: Random): string {
  if (modifier === ':missing') return random.oneIn(20) ? 'x' : random.pick(['true', 'false']);
  if (modifier === ':in' || modifier === ':not-in')
    return random.pick([valueSet, 'ValueSet/laboratory', 'https://example.org/none']);
  if (parameter.code === '_id') return random.pick(residents).id;
  const leaf = leafOf(type, parameter, random);
  switch (parameter.type) {
    case 'token':
      return tokenOf(leaf, modifier, random);
    case 'reference':
      return referenceOf(leaf, random);
    case 'date':
      return random.pick(prefixes) + dateOf(leaf, random);
    case 'number':
      return (
        random.pick(prefixes) + (typeof leaf === 'number' ? String(leaf) : random.pick(['1', '0.5', '1e2', '100']))
      );
    case 'quantity':
      return random.pick(prefixes) + quantityOf(leaf, random);
    case 'uri':
      return typeof leaf === 'string' ? leaf : random.pick([codes, 'https://example.org', 'urn:oid:1.2.3']);
    case 'composite':
      return random.pick(['8480-6$gt20', '718-7$lt40', `${codes}|2345-7$10`, '8462-4$yes', 'x', '8480-6$le5||mg']);
    case 'special':
      return random.pick([
        '41.5|69.5|30|km',
        '41.5|69.5|30|km',
        '42|70.2|100|km',
        '41|69',
        random.oneIn(9) ? 'x' : '41.2|69.9',
      ]);
    case 'string':
      return textOf(leaf, random);
  }
}

/** A value at one of the places that the parameter's expression names; undefined if it is no plain path, or there is none. */
function leafOf(type: string, { expression = '' }: SearchParameter, random: Random): unknown {
  const holders = byType.get(type) ?? [];
  if (holders.length === 0) return undefined;
  const paths = expression
    .split('|')
    .map((path) => path.trim().replaceAll(/[()]|\.where\(.*|\.ofType\(.*| as .*/g, ''));
  const path = random.pick(paths).split('.').slice(1);
  let values: unknown[] = [random.pick<Resource>(holders)];
  for (const name of path) values = values.flatMap((value) => membersOf(value, name));
  return values.length === 0 ? undefined : random.pick(values);
}

function membersOf(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap<unknown>(([key, member]: [string, unknown]) =>
    key === name || (key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))) ? member : [],
  );
}

type Parts = {
  coding?: Parts[];
  system?: string;
  code?: string;
  value?: string | number;
  text?: string;
  reference?: string;
  start?: string;
};

function tokenOf(leaf: unknown, modifier: string, random: Random): string {
  if (modifier === ':above' || modifier === ':below') return `${codes}|${random.pick(['lab', 'observation', 'yes'])}`;
  if (typeof leaf !== 'object' || leaf === null) {
    return leaf === undefined
      ? random.pick(['true', 'final', 'lab', `${codes}|lab`, `${codes}|`, random.oneIn(9) ? '|' : 'x'])
      : typeof leaf === 'string'
        ? leaf
        : JSON.stringify(leaf);
  }
  const { coding, text } = leaf as Parts;
  const { system = '', code, value }: Parts = coding?.[0] ?? leaf;
  const name = String(code ?? value ?? text ?? '');
  if (modifier === ':text' || modifier === ':code-text') return (text ?? name).slice(0, 4);
  if (modifier === ':of-type') return `${system}|MR|${name}`;
  return random.pick([name, `${system}|${name}`, system === '' ? name : `${system}|`, `|${name}`, name.toUpperCase()]);
}

function referenceOf(leaf: unknown, random: Random): string {
  const reference = (leaf as Parts | undefined)?.reference ?? `Patient/p${random.below(26)}`;
  const id = reference.replace(/^.*\//, '');
  return random.pick([
    reference,
    reference,
    id,
    `https://playground.test/fhir/${reference}`,
    `https://example.org/${reference}`,
  ]);
}

function dateOf(leaf: unknown, random: Random): string {
  const date = typeof leaf === 'string' ? leaf : (leaf as Parts | undefined)?.start;
  if (date === undefined) return random.pick(['2021', '2022-03', '2020-06-15', '2023-01-01T00:00:00Z', '1990']);
  return date.slice(0, random.pick([4, 7, 10, 25]));
}

function quantityOf(leaf: unknown, random: Random): string {
  const { value, system = '', code = '' } = (leaf ?? { value: random.below(50) }) as Parts;
  return `${typeof value === 'number' ? value : 10}${random.pick(['', `|${system}|${code}`, `||${code}`, '|http://unitsofmeasure.org|g'])}`;
}

function textOf(leaf: unknown, random: Random): string {
  const texts =
    typeof leaf === 'string' ? [leaf] : typeof leaf === 'object' && leaf !== null ? Object.values(leaf).flat() : [];
  const text = texts.find((one) => typeof one === 'string') ?? random.pick(['Karimov', 'Усмонов', 'ward', 'zzz']);
  return random.pick([text, text.slice(0, 3), text.toUpperCase(), text.slice(2), `${text},x`]);
}
