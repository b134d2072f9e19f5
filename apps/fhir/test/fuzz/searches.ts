import { searchParametersOf } from '@dhp/fhir-search/parameters';
import type { Random } from '../../../../tests/random.ts';

const modifiers =
  'missing exact contains not text in not-in above below identifier of-type iterate code-text text-advanced Patient x'.split(
    ' ',
  );
const prefixes = ['', '', '', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap', 'xx'];
const values = [
  ...[
    'true',
    'false',
    'male',
    'x',
    '',
    ' ',
    '1',
    '1.50',
    '-1e3',
    '1e999',
    '2026',
    '2026-11',
    '2026-11-25',
    '2026-02-30',
  ],
  ...[
    '2026-11-25T10:00:00Z',
    '9999',
    'Patient/1',
    'Patient/1/_history/1',
    'https://x.y/z|1',
    'http://loinc.org|8480-6',
  ],
  ...[
    '|x',
    'x|',
    '|',
    '5.4|http://unitsofmeasure.org|mg',
    '5.4||mg',
    'a,b',
    'a\\,b',
    '$',
    'a$b',
    '8480-6$gt140',
    'a$b$c',
  ],
  ...[
    '\u0000',
    '\ud800',
    'ж',
    '%',
    '*',
    '#',
    "'",
    '"',
    '\\',
    '\\u',
    ';',
    '(',
    'x'.repeat(3_000),
    '41.3|69.2|10|km',
    '91|181',
  ],
  ...Array.from({ length: 3 }, (_, n) => Array.from({ length: 10 ** (n + 1) }, (__, m) => `v${m}`).join(',')),
];
const result: readonly [string, readonly string[]][] = [
  ['_count', ['0', '1', '5', '-1', '1001', 'x', '99999999999999999999']],
  ['_sort', ['_lastUpdated', '-date', 'name,-birthdate', 'x', '', '--x', '_id', 'code']],
  ['_total', ['none', 'estimate', 'accurate', 'x']],
  ['_summary', ['true', 'text', 'data', 'count', 'false', 'x']],
  ['_elements', ['id', 'name,code', 'x', '', 'Patient.name']],
  [
    '_include',
    [
      '*',
      'Observation:subject',
      'Patient:organization',
      'Observation:*',
      'x',
      'Patient:general-practitioner:Practitioner',
    ],
  ],
  ['_revinclude', ['*', 'Observation:subject', 'Observation:patient', 'Provenance:target', 'x:y']],
  ['_contained', ['true', 'both', 'x']],
  ['_has', ['x']],
  ['_cursor', ['x', 'AAAA', '']],
  ['_type', ['Patient,Observation', 'x', '']],
  ['_filter', ['name eq "x"', '((', 'birthdate gt 2000 and not (active eq true)']],
  ['_list', ['x', '$current-problems']],
  ['_text', ['blood', '"', '&|!', '']],
  ['_content', ['blood', '(', 'a -b']],
  ['_query', ['x']],
  ['_explain', ['true']],
  ['_since', ['2026', 'x', '2026-11-25T00:00:00+05:00']],
  ['_at', ['2026', 'x']],
  ['_maxresults', ['1', '0', 'x']],
];

/** A query string for a search of a type, as people and programs write them, right and wrong. */
export function searchQuery(type: string, random: Random): string {
  const parameters = codesOf(type);
  const parts: string[] = [];
  for (let n = random.below(4); n >= 0; n -= 1) {
    if (random.oneIn(3)) {
      const [name, choices] = random.pick(result);
      parts.push(`${name}=${encode(random.pick(choices))}`);
      continue;
    }
    const parameter = random.pick(parameters);
    const name = random.oneIn(15)
      ? random.pick(['x', '', '_', 'name.x', 'subject.name', ':', '__proto__'])
      : nameOf(type, parameter, random);
    parts.push(`${name}=${random.pick(prefixes)}${encode(random.pick(values))}`);
  }
  return parts.join(random.oneIn(30) ? ';' : '&');
}

function codesOf(type: string): string[] {
  return [...searchParametersOf(type).keys()];
}

function nameOf(type: string, code: string, random: Random): string {
  const kind = random.below(10);
  if (kind < 6) return code;
  if (kind < 8) return `${code}:${random.pick(modifiers)}`;
  if (kind === 8) {
    const target = random.pick(['Patient', 'Organization', 'Practitioner', 'Encounter', type]);
    const inner = random.pick(codesOf(target));
    return random.oneIn(2) ? `${code}:${target}.${inner}` : `${code}.${inner}`;
  }
  const other = random.pick(['Observation', 'Encounter', 'Provenance', 'Group']);
  return `_has:${other}:${random.pick(codesOf(other))}:${random.pick(codesOf(other))}`;
}

/** Mostly encoded correctly; sometimes raw, if the request line allows it. */
function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // A lone surrogate has no encoding in UTF-8; this is what careless programs send.
    return '%ED%A0%80';
  }
}
