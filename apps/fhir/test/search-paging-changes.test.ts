/** Pages in every order, while the values that rows are sorted by change between them; and links in the hands of others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type TestServer } from './environment.ts';
import { idsOf, linkTo, put, search } from './searches.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  await put(server, ...Array.from({ length: many }, (_, n) => person(n)));
  const observations = Array.from({ length: 9 }, (_, n) => ({
    ...{ resourceType: 'Observation', id: `o${n}`, status: 'final', code: { text: 'x' } },
    subject: { reference: `Patient/p${n % 3}` },
  }));
  await put(server, ...observations);
});
after(() => server.close());

let state = 20_261_128;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const many = 30;
/** Few values, so that many rows are alike; some have none. */
function person(n: number): Record<string, unknown> {
  const [family, year, gender] = [random(4), random(4), random(3)];
  return patient({
    id: `p${n}`,
    ...(family > 0 && { name: [{ family: `Family${family}`, given: [`Given${random(3)}`] }] }),
    ...(year > 0 && { birthDate: `200${year}-01-01` }),
    ...(gender > 0 && { gender: gender === 1 ? 'female' : 'male' }),
  });
}

const orders = ['', '_id', '-_id', '_lastUpdated', '-_lastUpdated', 'family', '-family', 'birthdate', '-birthdate'];
const others = ['gender,family', '-birthdate,family,-_id', 'family,-given,birthdate'];

for (const order of [...orders, ...others]) {
  test(`_sort=${order}: what is not changed comes once, in its order`, async () => {
    for (let round = 0; round < 3; round += 1) {
      const count = 1 + random(6);
      const path = `/Patient?_count=${count}${order === '' ? '' : `&_sort=${order}`}`;
      const whole = idsOf(await search(server, path.replace(/_count=\d+/, '_count=100')));
      const changed = new Set<string>();
      const seen: string[] = [];
      for (let next: string | undefined = path; next !== undefined;) {
        const page = await search(server, next);
        seen.push(...idsOf(page));
        next = linkTo(page, 'next');
        // The row at the position of the next page, one before it, and any other.
        for (const name of [seen.at(-1)!, seen[random(seen.length)]!, `Patient/p${random(many)}`]) {
          if (random(2) === 0) continue;
          changed.add(name);
          const id = name.slice('Patient/'.length);
          if (random(3) > 0) await put(server, { ...person(0), id });
          else assert.ok((await server.request('DELETE', `/${name}`)).status < 300);
        }
      }
      const unchanged = (names: readonly string[]): string[] => names.filter((name) => !changed.has(name));
      assert.deepEqual(unchanged(seen), unchanged(whole), path);
      assert.equal(new Set(seen).size, seen.length, `${path}: none comes twice`);
      await put(server, ...[...changed].map((name) => person(Number(name.slice('Patient/p'.length)))));
    }
  });
}

test('a link shows another caller what that one may see, with a total of its own', async () => {
  const path = '/Observation?_sort=_id&_count=2&_total=accurate';
  const next = linkTo(await search(server, path), 'next')!;
  assert.equal((await search(server, next)).json['total'], 9);
  const claims = { sub: 'somebody', patient: 'p1', scope: 'patient/Observation.rs', client_id: 'app' };
  const page = await search(server, next, { token: await server.sso.token(claims) });
  assert.deepEqual(idsOf(page), ['Observation/o4', 'Observation/o7']);
  assert.equal(page.json['total'], 3);
  const narrower = await server.sso.token({ scope: 'system/Observation.rs?subject=Patient/p2' });
  const narrowed = await search(server, next, { token: narrower });
  assert.deepEqual([idsOf(narrowed), narrowed.json['total']], [['Observation/o2', 'Observation/o5'], 3]);
  const nothing = await server.request('GET', next, { token: await server.sso.token({ scope: 'system/Patient.rs' }) });
  assert.equal(nothing.status, 403);
});

test('a link of one search, compartment or operation is of no other', async () => {
  const cursorOf = async (path: string): Promise<string> =>
    new URLSearchParams(linkTo(await search(server, path), 'next')!.split('?')[1]).get('_cursor')!;
  const paths = [
    '/Observation?_count=1',
    '/Observation?_count=1&status=final',
    '/Observation?_count=1&subject=Patient/p0',
    '/Observation?_count=1&_sort=_id',
    '/Patient/p0/Observation?_count=1',
    '/Patient/p1/Observation?_count=1',
    '/?_type=Observation&_count=1',
    '/Patient?_count=1',
    '/Patient/p0/$everything?_count=1',
  ];
  for (const path of paths) {
    const cursor = await cursorOf(path);
    for (const other of paths) {
      const { status, code } = await server.request('GET', `${other}&_cursor=${encodeURIComponent(cursor)}`);
      if (other === path) assert.equal(status, 200, path);
      else assert.deepEqual([status, code], [400, 'page-link-invalid'], `${path} in ${other}`);
    }
  }
});
