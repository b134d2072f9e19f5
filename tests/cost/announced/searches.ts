/** Hostile searches, by what is announced of a search. */
import { list, search } from '../requests.ts';
import type { Announced } from './announced.ts';
import { broadlyChained, broadlyReferred } from './chains.ts';
import { noGenerator, type Hostile } from './generator.ts';

/** A value of a search parameter of a type, another one for each number. */
const values: Readonly<Record<string, (i: number) => string>> = {
  token: (i) => `http://example.org/s|c${i}`,
  string: (i) => `word${i}`,
  reference: (i) => `Patient/p${i}`,
  date: (i) => `${1900 + (i % 100)}-01-${String(1 + (i % 28)).padStart(2, '0')}`,
  number: (i) => `${i}.5`,
  quantity: (i) => `${i}.5|http://unitsofmeasure.org|mg`,
  uri: (i) => `http://example.org/${i}`,
  composite: (i) => `c${i}$c${i}`,
};

/** Parameters with rules of their own. */
const special: Readonly<Record<string, (i: number) => string>> = {
  _content: (i) => `word${i}`,
  _text: (i) => `word${i}`,
  _filter: (i) => `_id eq p${i}`,
  _list: (i) => `l${i}`,
  _in: (i) => `Group/g${i}`,
  _query: (i) => `q${i}`,
  'section-text': (i) => `word${i}`,
  'section-code-text': (i) => `c${i}$word${i}`,
  near: (i) => `41.${i}|69.2|1|km`,
  contains: (i) => `41.${i}|69.2`,
};

/** Modifiers that FHIR has for a type of parameter (https://hl7.org/fhir/R5/search.html#modifiers); a server may refuse some. */
const modifiers: Readonly<Record<string, readonly string[]>> = {
  token: ['missing', 'text', 'not', 'in', 'not-in', 'above', 'below', 'of-type', 'code-text', 'text-advanced'],
  string: ['missing', 'exact', 'contains', 'text'],
  reference: ['missing', 'identifier', 'above', 'below', 'contains', 'code-text', 'text-advanced', 'in', 'not-in'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  uri: ['missing', 'above', 'below', 'contains'],
  composite: ['missing'],
  special: [],
};
const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];
const ordered = new Set(['date', 'number', 'quantity']);

/** Values of modifiers that are of another kind than those of the parameter. */
const ofModifier: Readonly<Record<string, (i: number) => string>> = {
  missing: (i) => String(i % 2 === 0),
  in: () => 'http://hl7.org/fhir/ValueSet/administrative-gender',
  'not-in': () => 'http://hl7.org/fhir/ValueSet/administrative-gender',
  identifier: (i) => `http://example.org/i|${i}`,
  'of-type': (i) => `http://example.org/t|MR|${i}`,
};

export function ofParameter({ type, name, of }: Extract<Announced, { kind: 'parameter' }>): Hostile[] {
  const value = of === 'special' ? special[name] : values[of];
  const known = modifiers[of];
  if (value === undefined || known === undefined) throw noGenerator(`the search parameter ${name} of type ${of}`);
  const ask = (written: string, one: (i: number) => string): Hostile[] => [
    {
      ...{ name: `${type}?${written} with many values`, n: 20 },
      make: (n) => search(type, `${written}=${list(n, one).map(encodeURIComponent).join(',')}`),
    },
    {
      ...{ name: `${type}?${written} again and again`, n: 10 },
      make: (n) => search(type, list(n, (i) => `${written}=${encodeURIComponent(one(i))}`).join('&')),
    },
    {
      ...{ name: `${type}?${written} with a long value`, n: 500 },
      make: (n) => search(type, `${written}=${encodeURIComponent(one(1) + 'x'.repeat(n))}`),
    },
  ];
  return [
    ...ask(name, value),
    ...known.flatMap((modifier) => ask(`${name}:${modifier}`, ofModifier[modifier] ?? value)),
    ...(ordered.has(of) ? prefixes.flatMap((prefix) => ask(name, (i) => prefix + value(i)).slice(0, 2)) : []),
    ...(of === 'reference' ? chained(type, name) : []),
  ];
}

/** Chains by a reference to whatever it leads to. */
function chained(type: string, name: string): Hostile[] {
  return [
    {
      ...{ name: `${type}?${name}._id again and again`, n: 5 },
      make: (n) => search(type, list(n, (i) => `${name}._id=p${i}`).join('&')),
    },
    ...broadlyChained(type, name),
    {
      ...{ name: `${type}?_sort=${name}`, n: 2 },
      make: (n) => search(type, `_sort=${list(n, () => name).join(',')}`),
    },
  ];
}

export function ofInclude({ kind, type, value }: Extract<Announced, { kind: 'include' | 'revinclude' }>): Hostile[] {
  const rule = (iterate: string, n: number): string => list(n, () => `_${kind}${iterate}=${value}`).join('&');
  const [source, code] = value.split(':');
  const has = (n: number): string => list(n, (i) => `_has:${source}:${code}:_id=p${i}`).join('&');
  return [
    { name: `${type}?_${kind}=${value} again and again`, n: 10, make: (n) => search(type, rule('', n)) },
    {
      ...{ name: `${type}?_${kind}:iterate=${value}`, n: 10 },
      make: (n) => search(type, `${rule('', 1)}&${rule(':iterate', n)}`),
    },
    ...(kind === 'include' || code === undefined || code === '*'
      ? []
      : [
          { name: `${type}?_has:${value} again and again`, n: 5, make: (n: number) => search(type, has(n)) },
          ...broadlyReferred(type, source!, code),
        ]),
  ];
}

/** By name: a value, of the size that is asked. */
const results: Readonly<Record<string, (n: number) => string>> = {
  _type: (n) => `_type=${list(n, () => 'Patient,Observation').join(',')}`,
  _has: (n) => `${'_has:Patient:link:'.repeat(Math.ceil(n / 10))}active=true`,
  _include: (n) => list(n, () => '_include=*').join('&'),
  _revinclude: (n) => list(n, () => '_revinclude=*').join('&'),
  _sort: (n) => `_sort=${list(n, (i) => (i % 2 === 0 ? 'family' : '-birthdate')).join(',')}`,
  _count: (n) => `_count=${'9'.repeat(n)}`,
  _maxresults: (n) => `_maxresults=${'9'.repeat(n)}`,
  _total: (n) => list(n, () => '_total=accurate').join('&'),
  _score: (n) => list(n, () => '_score=true').join('&'),
  _summary: (n) => list(n, () => '_summary=text').join('&'),
  _elements: (n) => `_elements=${list(n, (i) => `name${i},birthDate`).join(',')}`,
  _contained: (n) => list(n, () => '_contained=both').join('&'),
  _containedType: (n) => list(n, () => '_containedType=contained').join('&'),
};

export function ofResult({ name }: Extract<Announced, { kind: 'result parameter' }>): Hostile[] {
  const query = results[name];
  if (query === undefined) throw noGenerator(`the parameter ${name} of every search`);
  const everywhere = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, method: 'POST' };
  return [
    { name: `Patient?${name}`, n: 20, make: (n) => search('Patient', query(n)) },
    {
      ...{ name: `a search of all types with ${name}`, n: 20 },
      make: (n) => ({ ...everywhere, path: '_search', body: `${query(n)}&_lastUpdated=gt2100-01-01` }),
    },
  ];
}

export function ofCompartment({ type }: Extract<Announced, { kind: 'compartment' }>): Hostile[] {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  return [
    {
      ...{ name: `the compartment of a ${type}`, n: 20 },
      make: (n) => ({
        ...{ method: 'POST', path: `${type}/p0/*/_search`, headers: form },
        body: `_type=${list(n, () => 'Observation').join(',')}`,
      }),
    },
    {
      ...{ name: `a search in the compartment of a ${type}`, n: 20 },
      make: (n) => ({
        ...{ method: 'POST', path: `${type}/p0/Observation/_search`, headers: form },
        body: `code=${list(n, (i) => `c${i}`).join(',')}`,
      }),
    },
  ];
}
