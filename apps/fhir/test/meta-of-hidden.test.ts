/** `$meta` of a type and of the system: labels of what the caller may not see change no answer, however many they are. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { put } from './searches.ts';

let full: TestServer;
/** With what the caller may see alone. */
let bare: TestServer;

const tags = (prefix: string, count: number, display?: string): object[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ system: 'urn:t', code: `${prefix}${String(n)}` },
    ...(display !== undefined && { display }),
  }));
const account = (id: string, status: string, meta: object): Record<string, unknown> => ({
  ...{ resourceType: 'Account', id, status, meta },
});
const long = `urn:profile:${'x'.repeat(4_000)}`;

before(async () => {
  const settings = { requireIfMatch: false, validation: { level: 'off' } } as const;
  [full, bare] = await Promise.all([startServer(settings), startServer(settings)]);
  for (const server of [full, bare]) {
    await put(server, account('one', 'active', { tag: tags('own', 30, 'Own words'), profile: ['urn:p', long] }));
    await put(server, account('two', 'active', { tag: tags('own', 60), security: [{ system: 'urn:s', code: 'R' }] }));
    await put(server, { resourceType: 'Basic', id: 'b', meta: { tag: tags('own', 3, 'Of another type') } });
  }
  await put(full, account('hidden', 'on-hold', { tag: tags('own', 70, 'Hidden words'), security: tags('a', 1_200) }));
  await put(
    full,
    account('more', 'on-hold', { tag: [...tags('a', 1_200), ...tags('z', 1_200)], profile: ['urn:hidden'] }),
  );
});
after(() => Promise.all([full.close(), bare.close()]));

for (const path of ['/Account/$meta', '/$meta'])
  test(`${path} of a narrowed token is that of a server with what it sees alone`, async () => {
    const scope = 'system/Account.rs?status=active system/Basic.rs';
    const [with_, without] = await Promise.all(
      [full, bare].map(async (server) => server.request('GET', path, { token: await server.sso.token({ scope }) })),
    );
    assert.equal(with_!.status, 200, with_!.text.slice(0, 300));
    assert.equal(with_!.text, without!.text);
    const [{ valueMeta }] = with_!.json['parameter'] as [{ valueMeta: Record<string, unknown[]> }];
    assert.deepEqual(
      [valueMeta['tag']?.length, valueMeta['security']?.length, valueMeta['profile']?.length],
      [60, 1, 2],
    );
  });

test('who sees them is told that they are too many', async () => {
  const reply = await full.request('GET', '/Account/$meta', {
    token: await full.sso.token({ scope: 'system/Account.rs' }),
  });
  assert.deepEqual([reply.status, reply.code], [422, 'operation-too-costly']);
});
