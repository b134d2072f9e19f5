/** Large resources are read in parts and validated in another thread, with the same outcome as small ones. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseInParts } from '../src/http/parse-in-parts.ts';
import { largeBody } from '../src/http/admission.ts';
import { issuesOf } from './bundles.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit: 8 * 1024 ** 2, requireIfMatch: false });
});
after(() => server.close());

/** The same numbers for the same seed. */
function randomSource(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % n;
  };
}

const strings = ['', 'a', '"', '\\', '{[', ']}', '__proto__', 'constructor', 'ў', '😀', '\n', 'x'.repeat(100)];

function valueOf(below: (n: number) => number, depth: number): unknown {
  const kind = below(depth > 6 ? 5 : 8);
  if (kind === 0) return [null, true, false][below(3)];
  if (kind === 1) return below(1000) / 8;
  if (kind < 5) return strings[below(strings.length)];
  if (kind < 7) return Array.from({ length: below(6) }, () => valueOf(below, depth + 1));
  const members = Array.from({ length: below(6) }, (_, n) => [
    `${strings[below(strings.length)]!}${n === 0 ? '' : n}`,
    valueOf(below, depth + 1),
  ]);
  return Object.fromEntries(members) as unknown;
}

test('what is put together of parts is what JSON.parse makes, whatever the size of a part', async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const below = randomSource(seed);
    const text = JSON.stringify(valueOf(below, 0), null, below(3));
    const expected: unknown = JSON.parse(text);
    for (const part of [1, 7, 60, 1000])
      assert.deepStrictEqual(await parseInParts(text, () => undefined, part), expected, `seed ${seed}, part ${part}`);
  }
  const proto = (await parseInParts('{"__proto__":{"a":[1,2,3]}}', () => undefined, 1)) as object;
  assert.deepEqual(Object.keys(proto), ['__proto__']);
  assert.equal(Object.getPrototypeOf(proto), Object.prototype);
});

test('a text is looked through a fixed number of times, however deep it nests', async () => {
  /** Texts of one length with chains of arrays, each around a long one. */
  const text = (depth: number): string => {
    const chain = `${'['.repeat(depth)}${'1,'.repeat(2_000)}1${']'.repeat(depth)}`;
    return `[${Array.from({ length: 10 }, () => chain).join(',')}]`;
  };
  const lookedAt = async (depth: number): Promise<number> => {
    let count = 0;
    const whole = text(depth);
    const counted = new Proxy(Object(whole) as object, {
      get(_, name) {
        if (name === 'charCodeAt') {
          return (i: number) => {
            count += 1;
            return whole.charCodeAt(i);
          };
        }
        const value: unknown = Reflect.get(Object(whole) as object, name);
        return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, whole, args) : value;
      },
    }) as unknown as string;
    assert.deepEqual(await parseInParts(counted, () => undefined, 1_000), JSON.parse(whole));
    return count / whole.length;
  };
  assert.ok((await lookedAt(400)) < 2 * (await lookedAt(1)));
});

test('others get their turn between the parts', async () => {
  let turns = 0;
  const text = JSON.stringify(Array.from({ length: 1_000 }, (_, n) => ({ n })));
  await parseInParts(text, () => void (turns += 1), 100);
  assert.ok(turns >= 1_000);
});

const profile = {
  ...{ resourceType: 'StructureDefinition', url: 'https://example.uz/StructureDefinition/noted', name: 'Noted' },
  ...{ status: 'active', fhirVersion: '5.0.0', kind: 'resource', abstract: false, type: 'Observation' },
  ...{ baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation', derivation: 'constraint' },
  differential: { element: [{ id: 'Observation.method', path: 'Observation.method', min: 1 }] },
};

function observation(length: number, more: object): Record<string, unknown> {
  return {
    ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more },
    note: Array.from({ length: Math.ceil(length / 1000) }, (_, n) => ({ text: `${n} ${'x'.repeat(970)}` })),
  };
}

const cases: readonly (readonly [name: string, more: object, status: number])[] = [
  ['nothing', {}, 201],
  ['an unknown element and a code that is none', { colour: 'red', status: 'finished' }, 422],
  ['a profile that is stored here', { meta: { profile: [profile.url] } }, 422],
  [
    'a code that its system does not have',
    { code: { coding: [{ system: 'http://hl7.org/fhir/observation-status', code: 'zz' }] } },
    422,
  ],
];

test('a large resource is judged as a small one', async () => {
  const stored = await server.write('PUT', '/StructureDefinition/noted', { id: 'noted', ...profile });
  assert.equal(stored.status, 201, stored.text.slice(0, 500));
  const told = (reply: Reply): unknown =>
    issuesOf(reply).map(({ code, details, expression }) => [code, details.coding[0].code, expression]);
  for (const [name, more, status] of cases) {
    const small = await server.write('POST', '/Observation', observation(1_000, more));
    const large = await server.write('POST', '/Observation', observation(1.5 * largeBody, more));
    assert.equal(large.status, status, `${name}: ${large.text.slice(0, 500)}`);
    assert.equal(small.status, status, `${name}: ${small.text.slice(0, 500)}`);
    if (status !== 201) assert.deepEqual(told(large), told(small), name);
    else assert.equal((large.json['note'] as unknown[]).length, Math.ceil((1.5 * largeBody) / 1000));
  }
});

test('an update, a conditional update and content of another type, all large', async () => {
  const text = observation(1.2 * largeBody, { id: 'large-1' });
  assert.equal((await server.write('PUT', '/Observation/large-1', text)).status, 201);
  const changed = { ...text, status: 'amended' };
  const updated = await server.write('PUT', '/Observation?_id=large-1', changed);
  assert.equal(updated.status, 200, updated.text.slice(0, 300));
  assert.equal(updated.json['status'], 'amended');
  const wrong = await server.write('PUT', '/Observation/large-2', text);
  assert.equal(wrong.code, 'id-mismatch');
  const mismatched = await server.write('POST', '/Patient', text);
  assert.equal(mismatched.code, 'resource-type-mismatch');
  const body = Buffer.alloc(2 * largeBody, 'pdf');
  const binary = await server.request('POST', '/Binary', { headers: { 'content-type': 'application/pdf' }, body });
  assert.equal(binary.status, 201, binary.text.slice(0, 300));
  const read = await fetch(`${server.url}/Binary/${String(binary.json['id'])}`, {
    headers: { authorization: `Bearer ${await server.sso.token()}`, accept: 'application/pdf' },
  });
  assert.ok(Buffer.from(await read.arrayBuffer()).equals(body));
});

test('what is no JSON is refused at its place', async () => {
  const body = `${JSON.stringify(observation(1.5 * largeBody, {})).slice(0, -1)},}`;
  const headers = { 'content-type': 'application/fhir+json' };
  const reply = await server.request('POST', '/Observation', { headers, body });
  assert.equal(reply.code, 'json-invalid');
});
