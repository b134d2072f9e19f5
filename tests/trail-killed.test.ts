/** The short form of `npm run proof -- trail`: servers are killed under load, and each answered request has its records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killWhileAsked } from './trail-kills.ts';

test('kill -9 of the FHIR server and of the platform under load: no answered request is without its record', async () => {
  const { rounds, missing, verified } = await killWhileAsked({ clients: 8, kills: ['server', 'platform'], enough: 60 });
  assert.deepEqual(missing, []);
  for (const { answered, kinds } of rounds) assert.ok(answered >= 60 && kinds, JSON.stringify(rounds));
  assert.match(verified, /Requests of playground: whole/);
});
