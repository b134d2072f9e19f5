/** The status and the issue of each kind of fault of the terminology, over HTTP. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type Reply, type TestServer } from './environment.ts';

const system = 'http://example.org/organs';
const valueSet = (id: string, compose: object): object => ({
  resourceType: 'ValueSet',
  ...{ id, url: `http://example.org/vs/${id}`, version: '2', status: 'active', compose },
});
/** A filter has a value, or an expression in its place, which no `$expand` here reckons. */
const expression = {
  url: 'http://hl7.org/fhir/StructureDefinition/cqf-expression',
  valueExpression: { language: 'text/fhirpath', expression: "'eye'" },
};
const stored: readonly object[] = [
  {
    resourceType: 'CodeSystem',
    ...{ id: 'organs', url: system, version: '1', status: 'active', content: 'complete', date: '2020-01-01' },
    concept: [{ code: 'eye' }, { code: 'ear' }],
  },
  valueSet('all', { include: [{ system }] }),
  valueSet('pinned', { include: [{ system, version: '1' }] }),
  valueSet('no-value', {
    include: [
      {
        system,
        filter: [{ property: 'concept', op: 'is-a', _value: { extension: [expression] } }],
      },
    ],
  }),
  valueSet('no-filter', { include: [{ system, filter: [{ property: 'nothing', op: 'generalizes', value: 'x' }] }] }),
  valueSet('circle', { include: [{ valueSet: ['http://example.org/vs/circle'] }] }),
  valueSet('import', { include: [{ valueSet: ['http://example.org/vs/none'] }] }),
  valueSet('system', { include: [{ system: 'http://example.org/none' }] }),
  valueSet('media', { include: [{ system: 'urn:ietf:bcp:13' }] }),
];

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  for (const one of stored) {
    const { resourceType, id } = one as { resourceType: string; id: string };
    const { status, text } = await server.write('PUT', `/${resourceType}/${id}`, one);
    assert.equal(status, 201, text);
  }
});
after(() => server.close());

const expand = (id: string, more = ''): string => `/ValueSet/$expand?url=http://example.org/vs/${id}${more}`;
const code = `&system=${system}&code=eye`;
const faults: readonly (readonly [path: string, status: number, issue: string, header?: Record<string, string>])[] = [
  ['/CodeSystem/$lookup', 400, 'invalid'],
  [`/CodeSystem/$lookup?system=${system}&code=nose`, 404, 'not-found'],
  ['/CodeSystem/$lookup?system=http://example.org/none&code=eye', 404, 'not-found'],
  [`/CodeSystem/$lookup?system=${system}&version=9&code=eye`, 404, 'not-found'],
  [`/CodeSystem/$lookup?useSupplement=http://example.org/none${code}`, 422, 'not-found'],
  [`/CodeSystem/$lookup?date=2001-01-01${code}`, 422, 'not-found'],
  [`/CodeSystem/$subsumes?system=${system}&codeA=eye`, 400, 'invalid'],
  [`/CodeSystem/$subsumes?system=${system}&codeA=eye&codeB=nose`, 404, 'not-found'],
  ['/CodeSystem/$subsumes?system=http://example.org/none&codeA=eye&codeB=ear', 404, 'not-found'],
  [`/CodeSystem/$validate-code?url=${system}`, 400, 'invalid'],
  ['/CodeSystem/$validate-code?code=eye', 400, 'invalid'],
  [`/ValueSet/$validate-code?url=http://example.org/vs/all`, 422, 'invalid'],
  [`/ValueSet/$validate-code?url=http://example.org/vs/none${code}`, 422, 'not-found'],
  [`/ValueSet/$validate-code?${code.slice(1)}`, 400, 'invalid'],
  ['/ConceptMap/$translate?url=http://example.org/none&sourceCode=eye', 404, 'not-found'],
  ['/ConceptMap/$translate', 400, 'invalid'],
  ['/ValueSet/$expand', 400, 'invalid'],
  [expand('none'), 422, 'not-found'],
  [expand('all', '&count=-1'), 400, 'invalid'],
  [expand('all', '&displayLanguage=-'), 400, 'processing'],
  [expand('all', '&date=never'), 400, 'invalid'],
  [expand('pinned', `&check-system-version=${system}%7C9`), 400, 'exception'],
  [expand('all%7C2', '&check-valueset-version=http://example.org/vs/all%7C9'), 400, 'exception'],
  [expand('all', '&system-version=nothing'), 400, 'invalid'],
  [expand('all'), 422, 'too-costly', { 'x-too-costly-threshold': '1' }],
  [expand('all', Array.from({ length: 501 }, (_, i) => `&property=p${i}`).join('')), 422, 'too-costly'],
  [expand('no-value'), 400, 'invalid'],
  [expand('no-filter'), 400, 'not-supported'],
  [expand('circle'), 422, 'processing'],
  [expand('import'), 422, 'not-found'],
  [expand('system'), 422, 'not-found'],
  [expand('media'), 422, 'not-supported'],
];
for (const [path, status, issue, headers] of faults) {
  test(`${status} ${issue}: ${path.slice(0, 90)}`, async () => {
    const reply: Reply = await server.request('GET', path, headers && { headers });
    const { issue: issues } = reply.json as { issue: { code: string }[] };
    assert.deepEqual([reply.status, issues[0]?.code], [status, issue], reply.text);
  });
}
