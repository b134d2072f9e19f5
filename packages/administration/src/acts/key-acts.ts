/** The keys that sign tokens. */
import { InputError, type Input } from '@dhp/sso-kit/input';
import type { Act, AdminContext } from './act.ts';
import { flagMember, oneOfMember } from './members.ts';
import { shownKey } from './shapes.ts';

// prettier-ignore
export const keyActs: readonly Act[] = [
  { method: 'GET', path: '/keys', scope: 'admin/keys.read', summary: 'List the signing keys, the newest first', answers: 'Keys',
    run: async ({ keys }) => ({ keys: (await keys.list()).map(shownKey) }) },
  { method: 'POST', path: '/keys', scope: 'admin/keys.write', summary: 'Make a new signing key, which signs a quarter of an hour later', answers: 'Key', status: 201,
    takes: { alg: oneOfMember(['ES256', 'RS256'], 'by which algorithm it signs'), at_once: flagMember('true: it signs at once, and what the keys before signed is refused') }, needs: ['alg'], run: rotateKey },
  { method: 'POST', path: '/keys/{kid}/retire', scope: 'admin/keys.write', summary: 'Take a key that no longer signs out of the JWKS before its time', status: 204,
    run: async ({ keys }, input) => keys.retire(input.part('kid')) },
];

async function rotateKey({ keys }: AdminContext, input: Input): Promise<unknown> {
  const alg = input.needed('alg');
  if (alg !== 'ES256' && alg !== 'RS256') throw new InputError('invalid-value', 'alg: ES256 or RS256');
  return shownKey(await keys.rotate(alg, { atOnce: input.flag('at_once') }));
}
