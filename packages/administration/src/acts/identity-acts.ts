/** Acts on unconfirmed links and records. */
import type { ProofName } from '@dhp/accounts';
import { InputError, type Input } from '@dhp/sso-kit/input';
import type { Act, AdminContext } from './act.ts';
import { identityIn } from './identity-in.ts';
import { environments, oneOfMember, paging, textMember, type Members } from './members.ts';
import { shownUnconfirmed } from './shapes.ts';

const what: Members = {
  upstream: textMember('the link to this identity system, such as oneid'),
  environment: oneOfMember(environments, 'of the record'),
  reference: textMember('the record, such as Practitioner/1; in the place of upstream'),
};

// prettier-ignore
export const identityActs: readonly Act[] = [
  { method: 'GET', path: '/unconfirmed', scope: 'admin/users.read', summary: 'List people with links and records that nobody has confirmed: they count for nothing', answers: 'UnconfirmedPeople',
    takes: paging, run: list },
  { method: 'POST', path: '/users/{username}/confirm', scope: 'admin/users.write', summary: 'Let an unconfirmed link or record count', answers: 'Unconfirmed',
    takes: what, run: async ({ unconfirmed }, input) => decided(unconfirmed, input, 'confirm') },
  { method: 'POST', path: '/users/{username}/reject', scope: 'admin/users.write', summary: 'Reject an unconfirmed link or record; for a link, sessions and tokens end', answers: 'Unconfirmed',
    takes: what, run: async ({ unconfirmed }, input) => decided(unconfirmed, input, 'reject') },
];

async function list({ unconfirmed }: AdminContext, input: Input): Promise<unknown> {
  const { items, ...rest } = await unconfirmed.list(input.page());
  return { ...rest, people: items.map(shownUnconfirmed) };
}

async function decided(
  unconfirmed: AdminContext['unconfirmed'],
  input: Input,
  how: 'confirm' | 'reject',
): Promise<unknown> {
  const username = input.part('username');
  await unconfirmed[how](username, proofIn(input));
  return shownUnconfirmed(await unconfirmed.of(username));
}

function proofIn(input: Input): ProofName {
  const [upstream, reference] = [input.text('upstream'), input.text('reference')];
  if ((upstream === undefined) === (reference === undefined)) {
    throw new InputError('invalid-value', 'Name what is decided: upstream, or environment and reference');
  }
  if (upstream !== undefined) return { upstream };
  return { identity: identityIn({ environment: input.text('environment'), reference }, 'reference') };
}
