/**
 * Hostile searches that lead to other resources, nearly all of which meet what is asked of them: by every way that leads to resources of a
 * type, with a condition of every type of parameter, in every interaction that has criteria.
 */
import { bundle, create, entry, list, observation, patient, search } from '../requests.ts';
import type { Sent } from '../shape.ts';
import type { Hostile } from './generator.ts';

/** A condition that nearly all resources of a type meet, another one for each number; `filter`: the same in `_filter`. */
interface Broad {
  readonly name: string;
  readonly value: (i: number) => string;
  readonly filter?: (i: number) => string;
}

const day = (i: number): string => `${1900 + (i % 90)}-01-01`;
const start = (text: string, i: number): string => text.slice(0, 1 + (i % text.length));
const equal = (value: string) => () => value;

/** Of every type. */
const broadOfAny: readonly Broad[] = [
  { name: '_lastUpdated', value: (i) => `gt${day(i)}`, filter: (i) => `gt ${day(i)}` },
  { name: '_id:not', value: (i) => `nobody${i}`, filter: (i) => `ne nobody${i}` },
  { name: '_tag:not', value: (i) => `http://example.org/t|t${i}` },
  { name: '_profile:missing', value: equal('true'), filter: equal('pr false') },
  { name: '_filter', value: (i) => `not (_id eq nobody${i})` },
];

/** By the types that are stored (subject.ts). */
const broadOf = {
  Patient: [
    { name: 'family', value: (i) => start('family', i), filter: (i) => `sw ${start('family', i)}` },
    { name: 'name:contains', value: (i) => start('family', i), filter: (i) => `co ${start('family', i)}` },
    { name: 'active', value: equal('true'), filter: equal('eq true') },
    { name: 'gender:missing', value: equal('true'), filter: equal('pr false') },
    { name: 'birthdate', value: (i) => `gt${day(i)}`, filter: (i) => `gt ${day(i)}` },
    { name: 'link:missing', value: equal('false'), filter: equal('pr true') },
    { name: 'link:Patient.active', value: equal('true'), filter: equal('eq true') },
    { name: '_has:Observation:subject:status', value: equal('final') },
    { name: '_has:Observation:patient:date', value: (i) => `gt${day(i)}` },
  ],
  Observation: [
    { name: 'status', value: equal('final'), filter: equal('eq final') },
    { name: 'status:not', value: (i) => ['amended', 'registered', 'unknown'][i % 3]!, filter: equal('ne amended') },
    { name: 'code:text', value: equal('x') },
    { name: 'date', value: (i) => `gt${day(i)}`, filter: (i) => `gt ${day(i)}` },
    { name: 'value-quantity', value: (i) => `gt0.0${i}`, filter: (i) => `gt 0.0${i}` },
    { name: 'code-value-quantity', value: (i) => `c$gt0.0${i}` },
    { name: 'component-code:missing', value: equal('true'), filter: equal('pr false') },
    { name: 'subject:Patient.active', value: equal('true'), filter: equal('eq true') },
    { name: 'patient.birthdate', value: (i) => `gt${day(i)}`, filter: (i) => `gt ${day(i)}` },
    { name: '_content', value: equal('x') },
  ],
  RiskAssessment: [{ name: 'probability', value: (i) => `gt0.0${i}`, filter: (i) => `gt 0.0${i}` }],
} satisfies Readonly<Record<string, readonly Broad[]>>;

/** A search of `type` for what leads to resources of `to` by a prefix of their conditions. */
interface Way {
  readonly type: string;
  readonly prefix: string;
  readonly to: keyof typeof broadOf;
}

const ways: readonly Way[] = [
  { type: 'Observation', prefix: 'subject:Patient.', to: 'Patient' },
  { type: 'Observation', prefix: 'patient.', to: 'Patient' },
  { type: 'Patient', prefix: 'link:Patient.', to: 'Patient' },
  { type: 'Patient', prefix: 'link:Patient.link:Patient.', to: 'Patient' },
  { type: 'Patient', prefix: '_has:Observation:subject:', to: 'Observation' },
  { type: 'Patient', prefix: '_has:Observation:patient:', to: 'Observation' },
  { type: 'Patient', prefix: '_has:Patient:link:', to: 'Patient' },
  { type: 'Patient', prefix: '_has:RiskAssessment:subject:', to: 'RiskAssessment' },
  { type: 'Observation', prefix: 'subject:Patient._has:Observation:subject:', to: 'Observation' },
  { type: 'Patient', prefix: '_has:Observation:subject:subject:Patient.', to: 'Patient' },
];

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const query = (prefix: string, { name, value }: Broad, n: number): string =>
  list(n, (i) => `${prefix}${name}=${encodeURIComponent(value(i))}`).join('&');
const inFilter = (prefix: string, { name, filter }: Broad, n: number, around: (test: string) => string): string =>
  `_filter=${encodeURIComponent(list(n, (i) => around(`${prefix}${name.replace(/:(?:missing|not)$/, '')} ${filter!(i)}`)).join(' and '))}`;

/** Interactions that have criteria. */
const asking: Readonly<Record<string, (type: string, criteria: string, n: number) => Sent>> = {
  'a search': (type, criteria) => search(type, criteria),
  'a search with its total': (type, criteria) => search(type, `${criteria}&_total=accurate`),
  'a sorted search': (type, criteria) => search(type, `${criteria}&_sort=-_lastUpdated`),
  'a search sorted by references': (type, criteria) =>
    search(type, `${criteria}&_sort=${type === 'Patient' ? 'link' : 'subject'}`),
  'a search with includes': (type, criteria) =>
    search(
      type,
      `${criteria}&${type === 'Patient' ? '' : '_include=Observation:subject&'}_include:iterate=Patient:link&_revinclude:iterate=Observation:subject`,
    ),
  'a search of contained resources too': (type, criteria) => search(type, `${criteria}&_contained=both`),
  'a search in a compartment': (type, criteria) => ({
    ...{ method: 'POST', path: `Patient/p0/${type}/_search`, headers: form, body: criteria },
  }),
  'a conditional create': (type, criteria) => {
    const made = create(type === 'Patient' ? patient() : observation());
    return { ...made, headers: { ...made.headers, 'if-none-exist': criteria } };
  },
  'a conditional update': (type, criteria) => ({
    ...create(type === 'Patient' ? patient() : observation()),
    ...{ method: 'PUT', path: `${type}?${criteria}` },
  }),
};

/** All ways with all conditions, in a search; and one of each in all other interactions. */
export function broadChains(): Hostile[] {
  return ways.flatMap((way, w) => {
    const { type, prefix, to } = way;
    const conditions: readonly Broad[] = [...broadOfAny, ...broadOf[to]];
    return conditions.flatMap((broad, c): Hostile[] => [
      ...Object.entries(asking)
        // Each interaction with each way, and with each condition, but not with all of both.
        .filter(([how], a) => how === 'a search' || (w + c + a) % conditions.length === 0)
        .map(([how, ask]) => ({
          name: `${how} of ${type}?${prefix}${broad.name} to all`,
          n: 2,
          make: (n: number) => ask(type, query(prefix, broad, n), n),
        })),
      ...ofFilter(way, broad),
      ...(c === w % conditions.length
        ? [
            {
              ...{ name: `a batch of ${type}?${prefix}${broad.name} to all`, n: 2 },
              make: (n: number) =>
                bundle(
                  'batch',
                  list(n, (i) => entry('GET', `${type}?${prefix}${broad.name}=${encodeURIComponent(broad.value(i))}`)),
                ),
            },
          ]
        : []),
    ]);
  });
}

/** A `_filter` knows chains, but no `_has`. */
function ofFilter({ type, prefix }: Way, broad: Broad): Hostile[] {
  if (broad.filter === undefined || prefix.includes('_has')) return [];
  const of = (how: string, around: (test: string) => string): Hostile => ({
    ...{ name: `${type}?_filter=${how}${prefix}${broad.name} to all`, n: 2 },
    make: (n) => search(type, inFilter(prefix, broad, n, around)),
  });
  return [of('', (test) => test), of('not ', (test) => `not (not (${test}))`)];
}

/** By a reference of a type, to whatever it leads to. */
export function broadlyChained(type: string, name: string): Hostile[] {
  return broadOfAny.flatMap((broad): Hostile[] => [
    {
      ...{ name: `${type}?${name}.${broad.name} to all`, n: 2 },
      make: (n) => search(type, query(`${name}.`, broad, n)),
    },
    ...ofFilter({ type, prefix: `${name}.`, to: 'Patient' }, broad).slice(0, 1),
  ]);
}

/** By what refers to a type. */
export function broadlyReferred(type: string, source: string, code: string): Hostile[] {
  return broadOfAny.map((broad) => ({
    ...{ name: `${type}?_has:${source}:${code}:${broad.name} of all`, n: 2 },
    make: (n) => search(type, query(`_has:${source}:${code}:`, broad, n)),
  }));
}
