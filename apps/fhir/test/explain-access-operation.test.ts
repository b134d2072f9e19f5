/** `$explain-access` tells a caller what may hide a resource, but never whether it exists. Callers with dhp.audit are told everything. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import type { Reply } from './environment.ts';
import { startAudited, type Audited } from './audit/audited.ts';
import { activatePolicies } from './policies.ts';

const who = { client: ['limited'] };
const policies: PolicySet = {
  others: 'as-scoped',
  rules: [
    {
      ...{ name: 'not-secret', effect: 'deny', who, types: ['Observation'], interactions: ['read'] },
      criteria: 'code=secret',
    },
    { name: 'no-conditions', effect: 'deny', who, types: ['Condition'], interactions: ['read'] },
    { name: 'no-values', effect: 'limit', who, types: ['Observation'], interactions: [], hide: ['value'] },
  ],
};

let server: Audited;
let limited: string;
let officer: string;
before(async () => {
  server = await startAudited({ requireIfMatch: false });
  limited = await server.sso.token({ scope: 'system/*.rs', client_id: 'limited' });
  officer = await server.sso.token({ scope: 'system/Patient.r dhp.audit', client_id: 'officer' });
  await put({ resourceType: 'Patient', id: 'p' });
  for (const code of ['secret', 'open']) {
    await put({
      ...{ resourceType: 'Observation', id: code, status: 'final', code: { coding: [{ code }] } },
      subject: { reference: 'Patient/p' },
    });
  }
  await activatePolicies(server, policies);
});
after(() => server.close());

async function put(resource: Record<string, unknown>): Promise<void> {
  const path = `/${String(resource['resourceType'])}/${String(resource['id'])}`;
  const reply = await server.write('PUT', path, resource);
  assert.equal(reply.status, 201, reply.text);
}

interface Part {
  readonly name: string;
  readonly valueString?: string;
  readonly valueBoolean?: boolean;
  readonly valueCode?: string;
  readonly part?: readonly Part[];
}

async function explain(token: string, path: string, language = 'en'): Promise<{ reply: Reply; parts: Part[] }> {
  const reply = await server.request('GET', path, { token, headers: { 'accept-language': language } });
  return { reply, parts: (reply.json['parameter'] ?? []) as Part[] };
}

const told = (parts: readonly Part[], name: string): unknown[] =>
  parts.filter((each) => each.name === name).map((each) => each.valueBoolean ?? each.valueCode ?? each.valueString);
const says = (parts: readonly Part[]): Record<string, unknown> =>
  Object.fromEntries(
    parts.flatMap(({ name, part = [] }) =>
      name === 'factor' ? [[String(told(part, 'name')[0]), told(part, 'says')[0]]] : [],
    ),
  );

test('what is hidden is explained as what is not there, in three languages', async () => {
  const sentences = new Set<unknown>();
  for (const language of ['en', 'ru', 'uz']) {
    const hidden = await explain(limited, '/Observation/secret/$explain-access', language);
    const absent = await explain(limited, '/Observation/none/$explain-access', language);
    assert.equal(hidden.reply.status, 200, hidden.reply.text);
    assert.equal(hidden.reply.text, absent.reply.text);
    assert.deepEqual(told(hidden.parts, 'permitted'), [false]);
    assert.equal(says(hidden.parts)['access-policies'], 'may-hide');
    assert.equal(says(hidden.parts)['scopes'], 'leaves');
    for (const sentence of told(hidden.parts, 'text')) sentences.add(sentence);
  }
  assert.equal(sentences.size, 3, 'each language has its own sentence');
});

test('what may be seen is told, and that parts of it are left out', async () => {
  const { parts } = await explain(limited, '/Observation/open/$explain-access');
  assert.deepEqual(told(parts, 'permitted'), [true]);
  assert.match(String(told(parts, 'text')[0]), /SUBSETTED/);
  assert.ok(!JSON.stringify(parts).includes('value"'), 'it does not name what is hidden');
});

test('a type of which nothing is left is refused by the factor that leaves nothing', async () => {
  const { parts } = await explain(limited, '/Condition/x/$explain-access');
  assert.deepEqual([told(parts, 'permitted'), says(parts)['access-policies']], [[false], 'refuses']);
  const narrow = await server.sso.token({ scope: 'system/Patient.rs', client_id: 'limited' });
  const { parts: of } = await explain(narrow, '/Observation/open/$explain-access?interaction=search');
  assert.deepEqual([told(of, 'permitted'), says(of)['scopes']], [[false], 'refuses']);
});

test('who has dhp.audit asks about another client, and the patient is recorded', async () => {
  const about = '$explain-access?client=limited&scope=system/*.rs';
  const { reply, parts } = await explain(officer, `/Observation/secret/${about}`);
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(
    ['permitted', 'stored', 'policy-rule', 'hidden-element'].map((name) => told(parts, name)),
    [[false], ['yes'], ['not-secret', 'no-values'], ['value']],
  );
  assert.equal(says(parts)['access-policies'], 'hides');
  const records = await server.of(reply.headers.get('x-request-id')!);
  assert.deepEqual(
    records.map(({ patient }) => patient),
    [server.pseudonym('p')],
  );
  assert.deepEqual(told((await explain(officer, `/Observation/none/${about}`)).parts, 'stored'), ['never']);
  assert.deepEqual(told((await explain(officer, `/Observation/open/${about}`)).parts, 'permitted'), [true]);
  const role = '&scope=user/*.rs&person=Practitioner/d&role=doctor%20Organization/7&role-scope=user/Observation.rs';
  const person = await explain(officer, `/Observation/open/$explain-access?client=other${role}`);
  assert.deepEqual(told(person.parts, 'permitted'), [true], person.reply.text);
});

test('nobody else asks about another client, and what is asked is checked', async () => {
  const { reply } = await explain(limited, '/Observation/secret/$explain-access?client=limited');
  assert.deepEqual([reply.status, reply.code], [403, 'scope-insufficient']);
  for (const wrong of ['interaction=delete', 'client=x&role=doctor', 'scope=system/*.rs', 'colour=red']) {
    const { reply: refused } = await explain(officer, `/Observation/open/$explain-access?${wrong}`);
    assert.equal(refused.status, 400, `${wrong}: ${refused.text}`);
  }
});

test('it has an OperationDefinition', async () => {
  const { json } = await server.request('GET', '/OperationDefinition/dhp-Resource-explain-access');
  assert.deepEqual([json['code'], json['affectsState'], json['instance']], ['explain-access', false, true]);
});
