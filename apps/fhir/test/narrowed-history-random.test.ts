/**
 * Histories by whoever may see a part, over random lives of resources: they are moved between patients, labelled again, deleted and come back.
 * Shown is what a naive model shows: of a resource that is (or was, when it was deleted) within, the versions that were within.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isFull } from '../../../tests/sample.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

interface Version {
  readonly name: string;
  readonly patient: string;
  readonly tag: string;
}

const seed = Number(process.env['HISTORY_SEED'] ?? 5);
const steps = Number(process.env['HISTORY_STEPS'] ?? (isFull ? 120 : 60));

/** A sequence that is the same for the same seed. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const kinds: Record<string, { claims: Record<string, unknown>; sees: (version: Version) => boolean }> = {
  'patient/': { claims: { scope: 'patient/*.rs', patient: 'a' }, sees: ({ patient }) => patient === 'a' },
  'system/ with a query': { claims: { scope: 'system/*.rs?identifier=ours' }, sees: ({ tag }) => tag === 'ours' },
  'patient/ with a query': {
    claims: { scope: 'patient/*.rs?identifier=ours', patient: 'b' },
    sees: ({ patient, tag }) => patient === 'b' && tag === 'ours',
  },
  'two scopes': {
    claims: { scope: 'patient/*.rs system/*.rs?identifier=theirs', patient: 'a' },
    sees: ({ patient, tag }) => patient === 'a' || tag === 'theirs',
  },
  'user/ by policy': {
    claims: { scope: 'user/*.rs', fhirUser: `${baseUrl}/Practitioner/d`, policies: ['user/*.rs?identifier=ours'] },
    sees: ({ tag }) => tag === 'ours',
  },
};

const types = ['Observation', 'Flag'] as const;
const lives = new Map<string, Version[]>();
/** Every version, as it was made. */
const written: Version[] = [];
let server: TestServer;

before(async () => {
  server = await startServer({ requireIfMatch: false });
  for (const id of ['a', 'b', 'c']) await server.write('PUT', `/Patient/${id}`, { resourceType: 'Patient', id });
  const random = randomOf(seed);
  for (let step = 0; step < steps; step += 1) {
    const type = types[random(types.length)]!;
    const place = `${type}/x${random(6)}`;
    const life = lives.get(place) ?? [];
    const last = life.at(-1);
    const isThere = last !== undefined && !deletions.has(last.name);
    if (isThere && random(5) === 0) await remove(place, life);
    else await write(type, place, life, { patient: 'abc'[random(3)]!, tag: random(2) === 0 ? 'ours' : 'theirs' });
    lives.set(place, life);
  }
});
after(() => server.close());

const deletions = new Set<string>();

async function write(
  type: string,
  place: string,
  life: Version[],
  of: { patient: string; tag: string },
): Promise<void> {
  const subject = { reference: `Patient/${of.patient}` };
  const code = { text: 'x' };
  const status = type === 'Observation' ? { status: 'final' } : { status: 'active' };
  const resource = {
    resourceType: type,
    id: place.split('/')[1],
    identifier: [{ value: of.tag }],
    code,
    subject,
    ...status,
  };
  const reply = await server.write('PUT', `/${place}`, resource);
  assert.ok(reply.status === 200 || reply.status === 201, reply.text);
  const name = `${place} ${versionOf(reply)}`;
  // An unchanged resource makes no new version.
  if (life.at(-1)?.name !== name) note(life, { name, ...of });
}

async function remove(place: string, life: Version[]): Promise<void> {
  const reply = await server.request('DELETE', `/${place}`);
  assert.ok(reply.status < 300, reply.text);
  // A deletion belongs to the patient of the version before it.
  const { patient, tag } = life.at(-1)!;
  const name = `${place} ${versionOf(reply)}`;
  deletions.add(name);
  note(life, { name, patient, tag });
}

function versionOf({ headers }: Reply): string {
  return headers.get('etag')!.replace(/\D/g, '');
}

function note(life: Version[], version: Version): void {
  life.push(version);
  written.push(version);
}

/** Newest first. */
function expected(kind: string, isAsked: (place: string) => boolean): string[] {
  const { sees } = kinds[kind]!;
  const shown = [...lives].flatMap(([place, life]) => (isAsked(place) && sees(life.at(-1)!) ? life.filter(sees) : []));
  const names = new Set(shown.map(({ name }) => name));
  return written.flatMap(({ name }) => (names.has(name) ? [name] : [])).reverse();
}

interface Bundle {
  total?: number;
  entry?: { fullUrl: string; response: { etag?: string }; request: { method: string } }[];
  link?: { relation: string; url: string }[];
}

async function pages(token: string, first: string): Promise<{ names: string[]; total: number | undefined }> {
  const names: string[] = [];
  let total: number | undefined;
  for (let path: string | undefined = first; path !== undefined;) {
    const reply: Reply = await server.request('GET', path, { token });
    assert.equal(reply.status, 200, `${path}: ${reply.text}`);
    const bundle = reply.json as Bundle;
    total ??= bundle.total;
    for (const { fullUrl, response, request } of bundle.entry ?? []) {
      const place = fullUrl.slice(baseUrl.length + 1);
      const name = `${place} ${(response.etag ?? '').replace(/\D/g, '')}`;
      assert.equal(request.method === 'DELETE', deletions.has(name), name);
      if (!place.startsWith('Patient/')) names.push(name);
    }
    path = bundle.link?.find(({ relation }) => relation === 'next')?.url.slice(baseUrl.length);
  }
  return { names, total };
}

for (const [kind, { claims, sees }] of Object.entries(kinds)) {
  describe(kind, () => {
    it('shows of each resource what was within, and of others that they are not there', async () => {
      const token = await server.sso.token(claims);
      let hidden = 0;
      for (const [place, life] of lives) {
        if (!sees(life.at(-1)!)) {
          hidden += 1;
          assert.equal((await server.request('GET', `/${place}/_history`, { token })).status, 404, place);
          continue;
        }
        const wanted = expected(kind, (each) => each === place);
        for (const count of [2, 100]) {
          const { names, total } = await pages(token, `/${place}/_history?_count=${count}`);
          assert.deepEqual(names, wanted, place);
          assert.equal(total, wanted.length);
        }
        for (const version of life) {
          const [, id = ''] = version.name.split(' ');
          const { status } = await server.request('GET', `/${place}/_history/${id}`, { token });
          const isHere = deletions.has(version.name) ? [410] : [200];
          assert.ok((sees(version) ? isHere : [404]).includes(status), `${version.name}: ${status}`);
        }
      }
      assert.ok(hidden > 0 && hidden < lives.size, `${hidden} of ${lives.size}`);
    });

    for (const type of [...types, undefined]) {
      it(`shows of ${type ?? 'all types'} what each resource shows, page by page`, async () => {
        const token = await server.sso.token(claims);
        const wanted = expected(kind, (place) => type === undefined || place.startsWith(`${type}/`));
        const path = type === undefined ? '/_history' : `/${type}/_history`;
        for (const count of [3, 500]) {
          const { names } = await pages(token, `${path}?_count=${count}`);
          assert.deepEqual(names, wanted, `${path} by ${count}`);
        }
      });
    }
  });
}
