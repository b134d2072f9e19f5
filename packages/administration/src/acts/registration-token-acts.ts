/** The tokens by which clients register themselves. */
import type { Input } from '@dhp/sso-kit/input';
import type { Act, AdminContext } from './act.ts';
import { countMember, environmentMember, paging, textMember } from './members.ts';
import { shownRegistrationToken } from './shapes.ts';

// prettier-ignore
export const registrationTokenActs: readonly Act[] = [
  { method: 'GET', path: '/registration-tokens', scope: 'admin/clients.read', summary: 'List the tokens by which clients register themselves, the newest first', answers: 'RegistrationTokens',
    takes: paging, run: listRegistrationTokens },
  { method: 'POST', path: '/registration-tokens', scope: 'admin/clients.write', summary: 'Make a token by which clients register themselves; it is shown once', answers: 'RegistrationToken', status: 201,
    takes: { name: textMember('for whom it is'), environment: environmentMember, scope: textMember('the most scopes that its clients may have, with spaces between'),
      max_uses: { ...countMember('how many clients (default 1)'), minimum: 1, maximum: 1000 }, expires_in: countMember('how long it is good, in seconds (default a day)') }, needs: ['name', 'scope'], run: createRegistrationToken },
  { method: 'GET', path: '/registration-tokens/{token_id}', scope: 'admin/clients.read', summary: 'Show a registration token', answers: 'RegistrationToken',
    run: async ({ registrationTokens }, input) => shownRegistrationToken(await registrationTokens.find(input.part('token_id'))) },
  { method: 'POST', path: '/registration-tokens/{token_id}/end', scope: 'admin/clients.write', summary: 'End a token for dynamic registration; its clients stay', answers: 'RegistrationToken',
    run: async ({ registrationTokens }, input) => shownRegistrationToken(await registrationTokens.end(input.part('token_id'))) },
];

async function listRegistrationTokens({ registrationTokens }: AdminContext, input: Input): Promise<unknown> {
  const { items, ...rest } = await registrationTokens.search(input.page());
  return { ...rest, registration_tokens: items.map((one) => shownRegistrationToken(one)) };
}

async function createRegistrationToken({ registrationTokens }: AdminContext, input: Input): Promise<unknown> {
  const { registrationToken, secret } = await registrationTokens.create({
    name: input.needed('name'),
    environment: input.environment(),
    scopes: input.words('scope') ?? [],
    maxUses: input.number('max_uses'),
    lifetime: input.number('expires_in'),
  });
  return shownRegistrationToken(registrationToken, secret);
}
