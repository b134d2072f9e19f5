/** An update also records the patients of the version that it replaces, because a change of subject affects both. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startAudited, type Audited } from './audited.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ requireIfMatch: false });
});
after(() => server.close());

const about = (subject: string, more: object = {}): object => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: subject } },
  ...more,
});

/** Returns the pseudonyms in the records of one request. */
async function patientsOf(request: string): Promise<(string | null)[]> {
  return (await server.of(request)).map(({ patient }) => patient).sort();
}

it('names the patients of both versions: of an update, a patch, a transaction, a batch', async () => {
  const both = ['one', 'other'].map((id) => server.pseudonym(id)).sort();
  const json = 'application/fhir+json';
  const bundle = (type: string, id: string): string =>
    JSON.stringify({
      ...{ resourceType: 'Bundle', type },
      entry: [{ resource: about('Patient/other', { id }), request: { method: 'PUT', url: `Observation/${id}` } }],
    });
  const patch = JSON.stringify([{ op: 'replace', path: '/subject/reference', value: 'Patient/other' }]);
  const ways: [string, string, (id: string) => string, (id: string) => string, string][] = [
    ['update', 'PUT', (id) => `/Observation/${id}`, (id) => JSON.stringify(about('Patient/other', { id })), json],
    ['patch', 'PATCH', (id) => `/Observation/${id}`, () => patch, 'application/json-patch+json'],
    ['transaction', 'POST', () => '/', (id) => bundle('transaction', id), json],
    ['batch', 'POST', () => '/', (id) => bundle('batch', id), json],
  ];
  for (const [name, method, path, body, type] of ways) {
    const id = `moved-by-${name}`;
    assert.equal((await server.write('PUT', `/Observation/${id}`, about('Patient/one', { id }))).status, 201);
    const headers = { 'content-type': type, 'x-request-id': name };
    const { status, text } = await server.request(method, path(id), { headers, body: body(id) });
    assert.equal(status, 200, text);
    assert.deepEqual(await patientsOf(name), both, name);
  }
});

it('names them also when others change it at the same moment', async () => {
  const subjects = Array.from({ length: 8 }, (_, n) => `p${String(n)}`);
  const path = '/Observation/contended';
  for (let round = 0; round < 12; round += 1)
    await Promise.all(
      subjects.map(async (subject) => {
        const note = [{ text: String(round) }];
        const { status } = await server.write('PUT', path, about(`Patient/${subject}`, { id: 'contended', note }));
        assert.ok(status === 200 || status === 201, String(status));
      }),
    );
  const subjectOf = new Map<number, string>();
  for (let link: string | undefined = `${path}/_history?_count=50`; link !== undefined;) {
    const { json } = await server.request('GET', link);
    const page = json as {
      entry: { resource: { meta: { versionId: string }; subject: { reference: string } } }[];
      link: { relation: string; url: string }[];
    };
    for (const { resource } of page.entry)
      subjectOf.set(Number(resource.meta.versionId), resource.subject.reference.slice('Patient/'.length));
    const next = page.link.find(({ relation }) => relation === 'next')?.url;
    link = next?.slice(next.indexOf(path));
  }
  const touched = new Map<number, Set<string | null>>();
  for (const { content, patient, sealed } of await server.records())
    if (sealed?.['id'] === 'contended' && content['version'] !== undefined) {
      const version = Number(content['version']);
      touched.set(version, (touched.get(version) ?? new Set()).add(patient));
    }
  assert.ok(subjectOf.size > 80, String(subjectOf.size));
  for (const [version, subject] of subjectOf) {
    const wanted = [subject, subjectOf.get(version - 1) ?? subject].map((id) => server.pseudonym(id));
    // The patients of the version examined before may also be recorded.
    for (const pseudonym of wanted) assert.ok(touched.get(version)?.has(pseudonym), `version ${String(version)}`);
  }
});
