/** Clients whose pictures are set to the same ones and removed concurrently: no change fails, and none loses its picture to another. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { newClient, testBed } from './support.ts';

const bed = await testBed();

function picture(seed: string) {
  const content = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from(seed)]);
  return { sha256: createHash('sha256').update(content).digest('hex'), mediaType: 'image/png' as const, content };
}

it('the same picture is kept as long as a client has it, whoever else loses it', async () => {
  const pictures = [picture('one'), picture('two')];
  const clients = await Promise.all(Array.from({ length: 6 }, () => newClient(bed.clients)));
  for (let round = 0; round < 15; round += 1) {
    // Each changes from one to the other and to none, with different values for adjacent clients.
    const wanted = clients.map((_, n) => [...pictures, null][(round + n) % 3]);
    const changes = clients.map(({ id }, n) => bed.clients.change(id, { logo: wanted[n]! }));
    const made = newClient(bed.clients, { logo: pictures[round % 2]! });
    await Promise.all([...changes, made]);
    const [{ kept }] = await bed.sql<[{ kept: string[] }]>`
      select array(select sha256 from sso.client_logo order by 1) as kept`;
    assert.deepEqual(kept, pictures.map(({ sha256 }) => sha256).sort());
    await bed.clients.change((await made).id, { logo: null });
  }
  await Promise.all(clients.map(({ id }) => bed.clients.change(id, { logo: null })));
  assert.equal((await bed.sql`select from sso.client_logo`).length, 0);
});
