/** Limits of one search: it is refused with the place, the limit and the remedy, in the caller's language. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { searchLimits } from '@dhp/fhir-search';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const times = (n: number, text: string, separator: string): string =>
  Array.from({ length: n }, () => text).join(separator);
const nested = (n: number, open: string, inner: string, close: string): string =>
  open.repeat(n) + inner + close.repeat(n);
/** `subject:Patient.link:Patient.…`: n references one behind the other. */
const chain = (n: number): string => `${times(n, 'link:Patient', '.')}.active=true`;
const has = (n: number): string => `${'_has:Patient:link:'.repeat(n)}active=true`;

const counted = (n: number, part: (i: number) => string): string =>
  Array.from({ length: Math.floor(n) }, (_, i) => part(i)).join(',');
const dateOf = (i: number): string => new Date(i * 86_400_000).toISOString().slice(0, 10);

interface Case {
  readonly limit: keyof typeof searchLimits;
  readonly name: string;
  /** The query that asks for so much of it. */
  readonly query: (n: number) => string;
  /** The parameter that the error names. */
  readonly place: RegExp;
  /** Whether the search at the limit is left out, because it would take the database long. */
  readonly isHeavy?: true;
}

const cases: readonly Case[] = [
  {
    limit: 'parameters',
    name: 'parameters',
    query: (n) => times(n, '_id=a', '&'),
    place: /^http\._id$/,
    isHeavy: true,
  },
  { limit: 'values', name: 'values of one parameter', query: (n) => `_id=${times(n, 'a', ',')}`, place: /^http\._id$/ },
  {
    limit: 'allValues',
    name: 'values of all parameters',
    query: (n) =>
      `_id=${times(n / 2, 'a', ',')}&_id=${times(n / 2, 'b', ',')}&active=true`.slice(0, n % 2 === 1 ? undefined : -12),
    place: /^http\.active$/,
  },
  {
    limit: 'comparisons',
    name: 'values that are compared one by one',
    query: (n) =>
      `birthdate=${counted(n / 2, (i) => `ge${dateOf(i)}`)}&name=${counted(n - Math.floor(n / 2), (i) => `n${i}`)}`,
    place: /^http\.name$/,
  },
  {
    limit: 'sortKeys',
    name: 'keys of _sort',
    query: (n) => `_sort=${times(n, 'birthdate', ',')}`,
    place: /^http\._sort$/,
  },
  {
    limit: 'includes',
    name: 'includes',
    query: (n) => times(n, '_include=Patient:link', '&'),
    place: /^http\._include$/,
  },
  {
    limit: 'includes',
    name: '_revincludes',
    query: (n) => times(n, '_revinclude=Observation:subject', '&'),
    place: /^http\._revinclude$/,
  },
  { limit: 'depth', name: 'references of a chain', query: chain, place: /^http\.link:Patient/ },
  { limit: 'depth', name: 'references of _has', query: has, place: /^http\._has:Patient/ },
  {
    limit: 'depth',
    name: 'references of a filter',
    query: (n) => `_filter=${times(n, 'link:Patient', '.')}.active eq true`,
    place: /^http\._filter$/,
  },
  {
    limit: 'links',
    name: 'references of all parameters',
    query: (n) => times(n, '_has:Patient:link:identifier=a', '&'),
    place: /^http\._has:Patient/,
  },
  {
    limit: 'links',
    name: 'references of all tests of a filter',
    query: (n) => `_filter=${times(n, 'link:Patient.active eq true', ' or ')}`,
    place: /^http\._filter$/,
  },
  {
    limit: 'filterNesting',
    name: 'brackets of a filter',
    query: (n) => `_filter=${nested(n, '(', 'active eq true', ')')}`,
    place: /^http\._filter$/,
  },
  {
    limit: 'filterTests',
    name: 'tests of a filter',
    query: (n) => `_filter=${times(n, 'active eq true', ' or ')}`,
    place: /^http\._filter$/,
  },
  {
    limit: 'textWords',
    name: 'words of a text',
    query: (n) => `_text=${times(n, 'word', ' ')}`,
    place: /^http\._text$/,
  },
  {
    limit: 'textNesting',
    name: 'parentheses of a text',
    query: (n) => `_text=${nested(n - 1, '(', 'word', ')')}`,
    place: /^http\._text$/,
  },
];

const search = (query: string, language = 'en') =>
  server.request('POST', '/Patient/_search', {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'accept-language': language,
      prefer: 'handling=lenient',
    },
    body: query,
  });

describe('a search that asks for more than one may', () => {
  for (const { limit, name, query, place, isHeavy } of cases) {
    const most = searchLimits[limit];
    test(`has at most ${most} ${name}`, async () => {
      if (isHeavy !== true) {
        const { status, text } = await search(query(most));
        assert.equal(status, 200, text.slice(0, 500));
      }
      const sentences = new Set<string>();
      for (const language of ['uz', 'ru', 'en']) {
        const reply = await search(query(most + 1), language);
        assert.deepEqual([reply.status, reply.code], [400, 'search-too-large'], reply.text.slice(0, 500));
        const [issue] = reply.json['issue'] as { expression?: string[] }[];
        assert.match(issue!.expression?.[0] ?? '', place);
        assert.match(reply.sentence, new RegExp(`\\b${most}\\b`));
        assert.doesNotMatch(reply.sentence, /[{}|]/);
        sentences.add(reply.sentence);
      }
      assert.equal(sentences.size, 3);
    });
  }

  test('takes a bounded number of steps, whatever types are searched and whatever a chain may lead to', async () => {
    const query = times(60, '_id=a', '&');
    const reply = await server.request('GET', `/?${query}`);
    assert.deepEqual([reply.status, reply.code], [400, 'search-too-large'], reply.text.slice(0, 300));
    assert.match(reply.sentence, new RegExp(`\\b${searchLimits.steps}\\b`));
    const chains = await server.request(
      'GET',
      `/Observation?${times(4, 'subject.organization.partof.partof.partof.name=a', '&')}`,
    );
    assert.ok(chains.status === 200 || chains.code === 'search-too-large', chains.text.slice(0, 300));
  });

  test('is refused as the criteria of a conditional create too', async () => {
    const reply = await server.write('POST', '/Patient', patient(), { 'if-none-exist': chain(searchLimits.depth + 1) });
    assert.deepEqual([reply.status, reply.code], [400, 'search-too-large'], reply.text);
  });

  test('and a filter of very many tests needs no stack', async () => {
    const reply = await search(`_filter=${times(30_000, 'active eq true', ' and ')}`);
    assert.deepEqual([reply.status, reply.code], [400, 'search-too-large'], reply.text.slice(0, 300));
  });
});

/** Values of each kind that are compared one by one: the type that is searched, the parameter, a value, and for how many one counts. */
const compared: readonly (readonly [type: string, name: string, value: (i: number) => string, counts?: number])[] = [
  ['Patient', 'birthdate', dateOf],
  ['Patient', 'birthdate', (i) => `ne${dateOf(i)}`],
  ['Patient', 'birthdate', (i) => `ap${dateOf(i)}`],
  ['Observation', 'date', (i) => `sa${dateOf(i)}`],
  ['Patient', '_lastUpdated', (i) => `lt${dateOf(i)}`],
  ['Patient', 'name', (i) => `Алиев${i} Ӯткир`],
  ['Patient', 'name:exact', (i) => `n${i}`],
  ['Patient', 'name:contains', (i) => `part${i}`],
  ['Patient', 'identifier:text', (i) => `word${i}`],
  ['Observation', 'code:text', (i) => `word${i}`],
  ['Observation', 'code:code-text', (i) => `word${i}`],
  ['Observation', 'value-quantity', (i) => `ap${i}|http://unitsofmeasure.org|mg`],
  ['Observation', 'value-quantity', (i) => `ne${i}`],
  ['RiskAssessment', 'probability', (i) => `ne0.${i}`],
  ['ValueSet', 'url:below', (i) => `http://example.org/${i}`],
  ['ValueSet', 'url:above', (i) => `http://example.org/${i}/b/c/d/e`],
  ['ValueSet', 'url:contains', (i) => `part${i}`],
  ['ValueSet', 'reference:below', (i) => `http://example.org/${i}|1`],
  ['Location', 'near', (i) => `${i % 90}|${i % 180}|10|km`],
  ['Location', 'contains', (i) => `${i % 90}|${i % 180}`],
  ['Observation', 'code-value-quantity', (i) => `c${i}$gt${i}`, 5],
  ['Observation', 'combo-code-value-quantity', (i) => `c${i}$ne${i}`, 5],
  ['Observation', 'code-value-date', (i) => `c${i}$ne${dateOf(i)}`, 5],
  ['Group', 'characteristic-value', (i) => `c${i}$v${i}`, 5],
];

describe('as many values as a search may compare', () => {
  for (const [type, name, value, counts = 1] of compared) {
    test(`are one statement of the database: ${type}?${name}=${value(7)}`, async () => {
      const ask = (n: number) =>
        server.request('POST', `/${type}/_search`, {
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: `${name}=${encodeURIComponent(counted(n, value))}`,
        });
      const most = searchLimits.comparisons / counts;
      const { status, text } = await ask(most);
      assert.equal(status, 200, text.slice(0, 500));
      const more = await ask(most + 1);
      assert.deepEqual([more.status, more.code], [400, 'search-too-large'], more.text.slice(0, 500));
    });
  }
});
