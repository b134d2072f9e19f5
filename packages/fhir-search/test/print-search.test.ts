import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Criterion, type ParsedSearch, parseSearch, printSearch, SearchFault } from '../src/index.ts';
import { generatedSearches, type GeneratedSearch } from './generated-searches.ts';
import { options, parametersOf } from './searching.ts';

/** Every look-up finds something, so that its results are in the searches, too. */
const services = {
  terminology: {
    members: (url: string) => [{ system: url, code: 'a' }],
    descendants: (system: string, code: string) => [{ system, code: `${code}1` }],
    ancestors: (system: string, code: string) => [{ system, code: `${code}0` }],
  },
  collections: {
    members: (type: string, id: string) => [
      { type: 'Patient', id: `p${id}` },
      { type, id },
    ],
  },
  hierarchies: { related: (direction: string, _type: string, _parameter: string, id: string) => [`${direction}${id}`] },
};

function parsed({ scope, parameters }: GeneratedSearch): ParsedSearch | undefined {
  try {
    return parseSearch(scope, parameters, { ...options, ...services });
  } catch (error) {
    if (error instanceof SearchFault) return undefined;
    throw error;
  }
}

/** Each kind of criterion and of value, with its modifier or operator. */
function* formsOf(criterion: Criterion): Generator<string> {
  yield criterion.kind;
  if (criterion.kind === 'parameter') {
    const how = criterion.operator ?? criterion.modifier ?? '';
    for (const { type } of criterion.values) yield `${type}:${/^[A-Z]/.test(how) ? 'Type' : how}`;
  }
  if (criterion.kind === 'all' || criterion.kind === 'any') for (const one of criterion.of) yield* formsOf(one);
  if (criterion.kind === 'not') yield* formsOf(criterion.of);
  if (criterion.kind === 'filter') yield* formsOf(criterion.asks);
  if (criterion.kind === 'chain') for (const { where } of criterion.to) yield* formsOf(where);
  if (criterion.kind === 'has') yield* formsOf(criterion.where);
}

/** Rare forms. */
const rare: readonly GeneratedSearch[] = (
  [
    ['Location', 'contains', '41.3|69.24,0.0000001|0'],
    ['DocumentReference', 'contenttype:below', 'image,text/xml'],
    ['Observation', '_filter', 'date co 2020 or value-date po 2020-01'],
    [
      'Observation',
      '_filter',
      'not (code eq "a\\\\,b") and (status eq x and subject[name eq "y \\"z"].active eq true)',
    ],
    ['Patient', 'name', ','],
    ['StructureDefinition', 'base:below', 'http://a/b|1.2'],
  ] as const
).map(([type, name, value]) => ({ scope: { type }, parameters: [[name, value]] }));

describe('a search printed and understood again', () => {
  it('is the same, whatever it asks', (t) => {
    const forms = new Set<string>();
    let searches = 0;
    for (const generated of [...rare, ...generatedSearches(17, 20_000)]) {
      const first = parsed(generated);
      if (first === undefined) continue;
      const { search, result } = first;
      const parameters = printSearch(first);
      const again = parsed({ scope: generated.scope, parameters });
      const told = `${JSON.stringify(generated)} as ${JSON.stringify(parameters)}`;
      assert.deepEqual(again && { search: again.search, result: again.result }, { search, result }, told);
      assert.deepEqual(printSearch(again!), parameters, told);
      for (const { where } of search.types) for (const one of where) for (const form of formsOf(one)) forms.add(form);
      searches += 1;
    }
    t.diagnostic(`${searches} searches, ${forms.size} forms: ${[...forms].sort().join(' ')}`);
    assert.ok(searches > 3_000, `${searches} searches`);
    for (const form of allForms) assert.ok(forms.has(form), `${form} did not occur`);
  });

  it('is written in one way', () => {
    const written = (type: string, query: string) => printSearch(parseSearch({ type }, parametersOf(query), options));
    assert.deepEqual(written('Patient', 'birthdate=eq1990-05,ge2000&name:text=(a OR b) -c&_sort=-name,_id&_count=5'), [
      ['birthdate', '1990-05,ge2000'],
      ['name:text', '("a" OR "b") -"c"'],
      ['_sort', '-name,_id'],
      ['_count', '5'],
    ]);
    assert.deepEqual(written('Observation', 'subject:Patient.name=a&code=http://loinc.org|1%5C,2&value-quantity=5||'), [
      ['subject:Patient.name', 'a'],
      ['code', 'http://loinc.org|1\\,2'],
      ['value-quantity', '5'],
    ]);
    assert.deepEqual(written('Patient', '_filter=name eq "a b" and (active eq true or birthdate gt 2000)'), [
      ['_filter', 'name eq "a b" and (active eq true or birthdate gt 2000)'],
    ]);
  });
});

const allForms = [
  ...[
    'parameter',
    'missing',
    'chain',
    'has',
    'filter',
    'full-text',
    'section-code-text',
    'member',
    'all',
    'any',
    'not',
  ],
  ...['token:', 'token:not', 'token:identifier', 'token:below', 'text:', 'text:exact', 'text:contains', 'text:text'],
  ...['text:code-text', 'words:text', 'words:text-advanced', 'identifier:of-type', 'value-set:in', 'value-set:not-in'],
  ...['concept:above', 'concept:below', 'collection:in', 'collection:not-in', 'hierarchy:above', 'hierarchy:below'],
  ...['hierarchy:contains', 'branch:contains', 'canonical:below', 'reference:', 'reference:Type', 'uri:', 'uri:above'],
  ...[
    'uri:below',
    'uri:contains',
    'date:',
    'number:',
    'quantity:',
    'composite:',
    'near:',
    'place:',
    'text:eq',
    'text:ew',
  ],
  ...['text:ge', 'uri:co', 'uri:sw', 'date:co', 'date:po'],
];
