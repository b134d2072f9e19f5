/** The topics that the platform brings (deploy/topics): each can be active, has its name in three languages, and fires on what it names alone. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from './environment.ts';

interface Topic {
  readonly resourceType: string;
  readonly id: string;
  readonly status: string;
  readonly title: string;
  readonly _title: { readonly extension: readonly { readonly extension: readonly Record<string, string>[] }[] };
  readonly _description: Topic['_title'];
}
type Json = Readonly<Record<string, unknown>>;

const folder = new URL('../../../deploy/topics/', import.meta.url);
const topics = readdirSync(folder)
  .filter((name) => name.startsWith('SubscriptionTopic-'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Topic);

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
});
after(() => server.close());

const subject = { reference: 'Patient/p' };
const order = [{ reference: 'ServiceRequest/r' }];
const coded = (code: string): object[] => [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code }] },
];
const report = (status: string, more: object = { basedOn: order }): Json => ({
  ...{ resourceType: 'DiagnosticReport', status, code: { text: 'x' }, subject, ...more },
});
const request = (status: string, more: object = {}): Json => ({
  ...{ resourceType: 'ServiceRequest', status, intent: 'order', subject, ...more },
});
const task = (status: string, focus = 'ServiceRequest/r'): Json => ({
  ...{ resourceType: 'Task', status, intent: 'order', focus: { reference: focus } },
});
const dispense = (status: string, more: object = {}): Json => ({
  ...{ resourceType: 'MedicationDispense', status, medication: { concept: { text: 'x' } }, subject },
  ...{ authorizingPrescription: [{ reference: 'MedicationRequest/m' }], ...more },
});
const consent = (more: object = {}): Json => ({
  ...{ resourceType: 'Consent', status: 'active', decision: 'permit', subject, ...more },
});
const stay = (status: string, code = 'IMP'): Json => ({
  resourceType: 'Encounter',
  status,
  subject,
  class: coded(code),
});

/** Versions of one resource one behind the other, each with whether the topic fires on it; null deletes it. */
const histories: Readonly<Record<string, readonly (readonly (readonly [Json | null, boolean])[])[]>> = {
  // No change fires it: subscriptions/accesses.test.ts.
  'access-to-my-record': [],
  'result-for-order': [
    [
      [report('registered'), false],
      [report('final'), true],
      [report('final', { basedOn: order, conclusion: 'x' }), false],
      [report('amended'), true],
    ],
    [[report('final', {}), false]],
    [[report('corrected'), true]],
  ],
  'referral-state': [
    [
      [request('active'), true],
      [request('active', { priority: 'urgent' }), false],
      [request('completed'), true],
    ],
    [[request('active', { intent: 'plan' }), false]],
    [
      [task('requested'), true],
      [task('accepted'), true],
      [task('accepted'), false],
    ],
    [[task('requested', 'Appointment/a'), false]],
    [[task('rejected', 'https://example.org/fhir/ServiceRequest/r'), true]],
  ],
  'prescription-dispensed': [
    [
      [dispense('in-progress'), false],
      [dispense('completed'), true],
      [dispense('completed', { note: [{ text: 'x' }] }), false],
    ],
    [[dispense('completed', { authorizingPrescription: undefined }), false]],
  ],
  'consent-changed': [
    [
      [consent(), true],
      [consent({ date: '2026-01-01' }), false],
      [consent({ decision: 'deny' }), true],
      [consent({ decision: 'deny', provision: [{ period: { end: '2027-01-01' } }] }), true],
      [consent({ decision: 'deny', provision: [{ period: { end: '2028-01-01' } }] }), true],
      [consent({ status: 'inactive', decision: 'deny', provision: [{ period: { end: '2028-01-01' } }] }), true],
      [null, true],
    ],
    [
      [consent({ decision: undefined }), true],
      [consent(), true],
    ],
  ],
  'admission-and-discharge': [
    [
      [stay('planned'), false],
      [stay('in-progress'), true],
      [stay('on-hold'), false],
      [stay('discharged'), true],
      [stay('completed'), false],
    ],
    [
      [stay('in-progress'), true],
      [stay('completed'), true],
    ],
    [[stay('in-progress', 'AMB'), false]],
  ],
};

describe('topics of the platform', () => {
  it('are six, drafts, and named and described in Uzbek, Russian and English', () => {
    assert.deepEqual(topics.map(({ id }) => id).sort(), Object.keys(histories).sort());
    for (const { id, status, title, _title, _description } of topics) {
      assert.equal(status, 'draft', id);
      assert.ok(title.length > 5);
      for (const { extension } of [_title, _description]) {
        const languages = extension.map(({ extension: parts }) => parts[0]!['valueCode']);
        assert.deepEqual(languages, ['uz', 'ru'], id);
        assert.ok(extension.every(({ extension: parts }) => parts[1]!['valueString']!.length > 5));
      }
    }
  });

  for (const { id } of topics)
    it(`${id} is tried as a draft, fires on what it names alone, and can be active then`, async () => {
      const topic = topics.find((one) => one.id === id)!;
      const put = (resource: Json, of: string): Promise<{ status: number; text: string }> =>
        server.write('PUT', `/${String(resource['resourceType'])}/${of}`, { ...resource, id: of });
      const stored = await put(topic as unknown as Json, id);
      assert.equal(stored.status, 201, stored.text);
      const expected: string[] = [];
      for (const [n, history] of histories[id]!.entries()) {
        let path = '';
        for (const [v, [resource, fires]] of history.entries()) {
          const of = `${id}-${String(n)}`;
          if (resource !== null) path = `${String(resource['resourceType'])}/${of}`;
          const reply = resource === null ? await server.request('DELETE', `/${path}`) : await put(resource, of);
          assert.ok(reply.status < 300, reply.text);
          if (fires) expected.push(`${path}/_history/${String(v + 1)}`);
        }
      }
      const tried = await server.request('GET', `/SubscriptionTopic/${id}/$try`);
      assert.equal(tried.status, 200, tried.text);
      const parameter = tried.json['parameter'] as {
        name: string;
        valueInteger?: number;
        part?: { valueReference?: { reference: string } }[];
      }[];
      const examples = parameter.flatMap(({ name, part }) =>
        name === 'example' ? part![0]!.valueReference!.reference : [],
      );
      assert.deepEqual(
        examples.filter((reference) => reference.includes(`/${id}-`)).sort(),
        expected.slice(0, 10).sort(),
        tried.text,
      );
      assert.equal(parameter.find(({ name }) => name === 'fired')!.valueInteger, expected.length);
      assert.ok(!parameter.some(({ name }) => name === 'failed'), tried.text);
      const active = await put({ ...(topic as unknown as Json), status: 'active' }, id);
      assert.equal(active.status, 200, active.text);
    });
});
