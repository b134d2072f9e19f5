/** Large answers in another form than they are stored in, and large XML: converted in another thread, with the same results. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { send } from './bundles.ts';

let server: TestServer;
const note = 'ж'.repeat(400);
before(async () => {
  server = await startServer({ requireIfMatch: false, bodyLimit: 16 * 1024 ** 2 });
  const entries = Array.from({ length: 500 }, (_, n) => {
    const resource = patient({ id: `large-${n}`, multipleBirthInteger: n, text: { status: 'generated', div: div(n) } });
    return { resource, request: { method: 'PUT', url: `Patient/large-${n}` } };
  });
  assert.equal((await send(server, 'transaction', entries)).status, 200);
});
after(() => server.close());

function div(n: number): string {
  return `<div xmlns="http://www.w3.org/1999/xhtml"><p>${n} ${note}</p></div>`;
}

const xml = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+xml' };

function list(query: string): Promise<Reply> {
  return server.request('GET', `/Patient?_count=500&_sort=_id${query}`);
}

test('a large answer is the same in every form as a small one', async () => {
  const whole = await list('');
  assert.equal(whole.status, 200, whole.text);
  assert.ok(whole.text.length > 256 * 1024);
  const pretty = await list('&_pretty=true');
  assert.match(pretty.text, /^\{\n {2}"resourceType": "Bundle"/);
  const bare = ({ json }: Reply): unknown => json['entry'];
  assert.deepEqual(bare(pretty), bare(whole));
  const inXml = await list('&_format=xml');
  assert.equal(inXml.headers.get('content-type'), 'application/fhir+xml; charset=utf-8');
  assert.equal([...inXml.text.matchAll(/<Patient>/g)].length, 500);
  assert.ok(inXml.text.includes(note));
  const elements = await list('&_elements=text');
  assert.equal([...elements.text.matchAll(/"SUBSETTED"/g)].length, 500);
  assert.ok(!elements.text.includes('Karimov'));
  const [zipped, head] = await Promise.all([
    server.request('GET', '/Patient?_count=500&_sort=_id&_format=xml', { headers: { 'accept-encoding': 'gzip' } }),
    server.request('HEAD', '/Patient?_count=500&_format=xml'),
  ]);
  assert.equal(zipped.headers.get('content-encoding'), 'gzip');
  assert.equal(zipped.text, inXml.text);
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('large XML is read, and what is wrong with it is told with its place', async () => {
  const entries = Array.from(
    { length: 600 },
    (_, n) =>
      `<entry><resource><Patient><id value="in-${n}"/><text><status value="generated"/>${div(n)}</text></Patient></resource>` +
      `<request><method value="PUT"/><url value="Patient/in-${n}"/></request></entry>`,
  );
  const bundleOf = (all: readonly string[]): string =>
    `<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>\n${all.join('\n')}</Bundle>`;
  const reply = await server.request('POST', '', { headers: xml, body: bundleOf(entries) });
  assert.equal(reply.status, 200, reply.text.slice(0, 500));
  assert.equal([...reply.text.matchAll(/<status value="201 Created"\/>/g)].length, 600);
  assert.equal((await server.request('GET', '/Patient/in-599')).status, 200);

  const broken = bundleOf([...entries, '<entry><nonsense/></entry>']);
  const refused = await server.request('POST', '', { headers: { 'content-type': xml['content-type'] }, body: broken });
  assert.deepEqual([refused.status, refused.code], [400, 'xml-invalid']);
  assert.match(refused.diagnostics, /nonsense.*line 602/);
  const notUtf8 = Buffer.concat([Buffer.from(bundleOf(entries)), Buffer.from([0xff])]);
  const badly = await server.request('POST', '', { headers: { 'content-type': xml['content-type'] }, body: notUtf8 });
  assert.deepEqual([badly.status, badly.code], [400, 'encoding-invalid']);
});

test('what XML cannot hold is told of a large answer too', async () => {
  // No client can store it; older data may hold it.
  const resource = patient({ id: 'odd', colour: 'red', text: { status: 'generated', div: div(0).repeat(400) } });
  const source = scanJson(JSON.stringify(resource));
  const write = { type: 'Patient', id: 'odd', source, resource, requireMatch: true, createAllowed: true };
  assert.equal((await server.store.update(write)).kind, 'created');
  const reply = await server.request('GET', '/Patient/odd?_format=xml');
  assert.equal(reply.status, 406);
  assert.match(reply.text, /<code value="xml-impossible"\/>/);
});

test('other requests are answered while a large answer is converted', async () => {
  await list('&_format=xml'); // the thread is there
  const state = { isOver: false };
  const large = Promise.all(Array.from({ length: 6 }, () => list('&_format=xml&_pretty=true'))).finally(
    () => (state.isOver = true),
  );
  let answered = 0;
  for (;;) {
    assert.equal((await server.request('GET', '/Patient/large-1')).status, 200);
    if (state.isOver) break;
    answered += 1;
  }
  for (const reply of await large) assert.equal(reply.status, 200);
  assert.ok(answered >= 5, `only ${answered} were`);
});
