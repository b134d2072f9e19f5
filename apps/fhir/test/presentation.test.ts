import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { jsonToXml } from '@dhp/fhir-xml';
import { examplesFolder, examplesToTry } from '../../../tests/published-examples.ts';
import { isFull, sampleOf } from '../../../tests/sample.ts';
import { isObject, parseExactly } from '../src/presentation/exact-json.ts';
import { subsetOf } from '../src/presentation/subset.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
const observation =
  '{"resourceType":"Observation","id":"o1","meta":{"tag":[{"code":"x"}]},"implicitRules":"http://x.test/rules",' +
  '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">x</div>"},' +
  '"contained":[{"resourceType":"Patient","id":"c"}],"extension":[{"url":"http://x.test/e","valueString":"e"}],' +
  '"modifierExtension":[{"url":"http://x.test/m","valueString":"m"}],"status":"final","code":{"text":"x"},' +
  '"effectiveDateTime":"2026-01-01","_effectiveDateTime":{"id":"d"},"issued":"2026-01-01T00:00:00Z",' +
  '"valueQuantity":{"value":1.00,"unit":"mg","extension":[{"url":"http://x.test/q","valueDecimal":1.0}]},' +
  '"note":[{"authorReference":{"reference":"#c"},"text":"n"}],"referenceRange":[{"low":{"value":0.10}}],' +
  '"component":[{"code":{"text":"c"},"valueQuantity":{"value":2.50},"referenceRange":[{"text":"r"}]}]}';

before(async () => {
  server = await startServer();
  const headers = { 'content-type': 'application/fhir+json' };
  assert.equal((await server.request('PUT', '/Observation/o1', { headers, body: observation })).status, 201);
});
after(() => server.close());

const read = (query: string): Promise<Reply> => server.request('GET', `/Observation/o1${query}`);
const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const tagsOf = (json: Record<string, unknown>): object[] => (json['meta'] as { tag: object[] }).tag;

test('_summary=true: the elements marked as summary, in backbone elements and data types too', async () => {
  const { status, json, text } = await read('?_summary=true');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), [
    'resourceType',
    'id',
    'meta',
    'implicitRules',
    'modifierExtension',
    'status',
    'code',
    'effectiveDateTime',
    '_effectiveDateTime',
    'issued',
    'valueQuantity',
    'component',
  ]);
  assert.match(text, /"valueQuantity":\{"value":1\.00,"unit":"mg"\}/);
  assert.match(text, /"component":\[\{"code":\{"text":"c"\},"valueQuantity":\{"value":2\.50\}\}\]/);
  assert.deepEqual(json['modifierExtension'], [{ url: 'http://x.test/m', valueString: 'm' }]);
  assert.deepEqual(tagsOf(json), [{ code: 'x' }, subsetted]);
});

test('_summary=text: the narrative, and what must be there', async () => {
  const { json } = await read('?_summary=text');
  assert.deepEqual(Object.keys(json), [
    'resourceType',
    'id',
    'meta',
    'implicitRules',
    'text',
    'modifierExtension',
    'status',
    'code',
  ]);
  assert.deepEqual(tagsOf(json), [{ code: 'x' }, subsetted]);
});

test('_summary=data: all but the narrative, with decimals as they were', async () => {
  const { json, text } = await read('?_summary=data');
  const all = Object.keys(JSON.parse(observation) as object);
  assert.deepEqual(
    Object.keys(json),
    all.filter((name) => name !== 'text'),
  );
  assert.match(text, /"value":1\.00,.*"valueDecimal":1\.0\}.*"value":0\.10\}.*"value":2\.50\}/);
  assert.deepEqual(tagsOf(json), [{ code: 'x' }, subsetted]);
});

test('_summary=false, and none: the bytes that are stored', async () => {
  const whole = (await read('')).text;
  assert.equal((await read('?_summary=false')).text, whole);
  assert.ok(!whole.includes('SUBSETTED'));
});

test('_elements: what is named, and what must be there or changes the meaning', async () => {
  const always = ['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension', 'status', 'code'];
  for (const [elements, more] of [
    ['valueQuantity', ['valueQuantity']],
    ['value', ['valueQuantity']],
    ['value[x],note', ['valueQuantity', 'note']],
    ['Observation.referenceRange', ['referenceRange']],
    ['effective', ['effectiveDateTime', '_effectiveDateTime']],
    ['effectiveDateTime', ['effectiveDateTime', '_effectiveDateTime']],
    ['id', []],
    ['note&_elements=text', ['note', 'text']],
  ] as const) {
    const { json, status, text } = await read(`?_elements=${elements}`);
    assert.equal(status, 200, elements);
    assert.deepEqual(Object.keys(json).sort(), [...always, ...more].sort(), elements);
    assert.deepEqual(tagsOf(json).at(-1), subsetted);
    if (text.includes('valueQuantity')) assert.match(text, /"value":1\.00/);
  }
});

test('what cannot be meant is refused', async () => {
  for (const [query, name] of [
    ['_summary=count', '_summary'],
    ['_summary=yes', '_summary'],
    ['_summary=true&_summary=text', '_summary'],
    ['_elements=colour', '_elements'],
    ['_elements=Patient.name', '_elements'],
    ['_elements=note&_summary=true', '_elements'],
    ['_pretty=yes', '_pretty'],
  ] as const) {
    const reply = await read(`?${query}`);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], query);
    assert.ok(reply.sentence.includes(name), query);
    assert.deepEqual((reply.json['issue'] as [{ location: string[] }])[0].location, [`http.${name}`], query);
  }
});

test('a parameter without a value is passed over', async () => {
  assert.deepEqual((await read('?_elements=&_summary=')).json, (await read('')).json);
});

test('a resource without meta gets one for the tag, and a tag is not given twice', async () => {
  const { json } = await server.request('GET', '/metadata?_elements=fhirVersion');
  assert.deepEqual(json['meta'], { tag: [subsetted] });
  assert.equal(json['fhirVersion'], '5.0.0');
  assert.equal(json['rest'], undefined);
  const tagged = { resourceType: 'Basic', id: 'b', meta: { tag: [subsetted] }, code: { text: 'x' } };
  // One that was stored before such resources were refused.
  const source = scanJson(JSON.stringify(tagged));
  await server.store.update({
    type: 'Basic',
    id: 'b',
    source,
    resource: tagged,
    createAllowed: true,
    requireMatch: true,
  });
  assert.deepEqual(tagsOf((await server.request('GET', '/Basic/b?_summary=true')).json), [subsetted]);
});

test('_pretty lays out JSON, and changes nothing else', async () => {
  const plain = await read('');
  const pretty = await read('?_pretty=true');
  assert.match(pretty.text, /^\{\n {2}"resourceType": "Observation",\n/);
  assert.match(pretty.text, /"value": 1\.00,/);
  assert.equal(pretty.text.replace(/\n\s*/g, '').replace(/": /g, '":'), plain.text);
  assert.equal(pretty.headers.get('etag'), plain.headers.get('etag'));
  assert.equal((await read('?_pretty=false')).text, plain.text);
  assert.match((await server.request('GET', '/Observation/none?_pretty=true')).text, /^\{\n {2}"resource/);
});

test('a history shows parts of its resources, or their number only', async () => {
  const path = '/Observation/o1/_history';
  const summary = await server.request('GET', `${path}?_summary=true`);
  const [entry] = summary.json['entry'] as [{ resource: Record<string, unknown>; request: object }];
  assert.equal(entry.resource['note'], undefined);
  assert.deepEqual(tagsOf(entry.resource).at(-1), subsetted);
  assert.ok(entry.request);
  const elements = await server.request('GET', `${path}?_elements=note`);
  assert.ok((elements.json['entry'] as [{ resource: object }])[0].resource);
  const count = await server.request('GET', `${path}?_summary=count`);
  assert.deepEqual([count.json['total'], count.json['entry']], [1, undefined]);
});

test('what a write answers can be a part too; errors are always whole', async () => {
  const body = { resourceType: 'Patient', name: [{ text: 'x' }], contact: [{ name: { text: 'y' } }] };
  const { json, status } = await server.write('POST', '/Patient?_summary=true', body);
  assert.equal(status, 201);
  assert.deepEqual([json['name'], json['contact']], [[{ text: 'x' }], undefined]);
  assert.ok((await server.request('GET', '/Patient/none?_summary=text')).diagnostics);
});

test('a part of which the summary has nothing is left out, and is no empty object', async () => {
  const body = {
    resourceType: 'Consent',
    status: 'active',
    subject: { display: 'x' },
    provision: [
      { actor: [{ reference: { display: 'x' } }] },
      { period: { start: '2026' }, actor: [{ reference: { display: 'y' } }] },
    ],
  };
  const { json, status } = await server.write('POST', '/Consent', body);
  assert.equal(status, 201);
  const path = `/Consent/${String(json['id'])}?_summary=true`;
  assert.deepEqual((await server.request('GET', path)).json['provision'], [{ period: { start: '2026' } }]);
  const xml = await server.request('GET', path, { headers: { accept: 'application/fhir+xml' } });
  assert.equal(xml.status, 200);
  assert.match(xml.text, /<provision><period><start value="2026"\/><\/period><\/provision>/);
});

test('parts of the published examples have nothing empty, and are FHIR in XML too', () => {
  const emptyAt = (value: unknown, at: string): string[] => {
    if (!Array.isArray(value) && !isObject(value)) return [];
    const parts = Object.entries(value);
    return parts.length === 0 ? [at] : parts.flatMap(([name, part]) => emptyAt(part, `${at}.${name}`));
  };
  const faults: string[] = [];
  const names = sampleOf(examplesToTry(20_261_130).names, 3, 20_261_130, (name) => name.split('-')[0]);
  for (const name of names) {
    const resource = parseExactly(readFileSync(join(examplesFolder, name), 'utf8'));
    assert.ok(isObject(resource));
    for (const kind of isFull ? (['true', 'text', 'data'] as const) : (['true'] as const)) {
      const part = subsetOf(resource, { kind });
      faults.push(...emptyAt(part, `${name}, ${kind}: `));
      assert.ok(jsonToXml(JSON.stringify(part)), name);
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(names.length > 150);
});
