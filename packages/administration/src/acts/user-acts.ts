/** The people: searching, registering, changing, readmitting, disabling; their sessions and all tokens issued to them. */
import { randomBytes } from 'node:crypto';
import { languages } from '@dhp/negotiation';
import type { Identity } from '@dhp/accounts/rows';
import { paperCodePath } from '@dhp/accounts/sign-in';
import { personFields, type ChangedPersonValues, type GivenPersonValues, type PersonField } from '@dhp/accounts/fields';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { membersIn } from '@dhp/clients';
import { identityIn } from './identity-in.ts';
import { present, type Act, type AdminContext } from './act.ts';
import {
  environments,
  flagMember,
  membersOf,
  neededOf,
  oneOfMember,
  search,
  textMember,
  type Members,
  paging,
} from './members.ts';
import type { Schema } from './schemas.ts';
import { shownPerson, shownUser, shownSession } from './shapes.ts';

const states = ['enabled', 'disabled'] as const;
const identity: Schema = {
  type: 'object',
  required: ['environment', 'reference'],
  properties: { environment: { type: 'string', enum: environments }, reference: { type: 'string' } },
};
const personMembers: Members = {
  ...membersOf(personFields),
  identities: {
    type: 'array',
    items: identity,
    description: 'the records of the person, at most one of each type in each environment',
  },
};
const password = textMember('absent: one is made and shown once; the person chooses another at the first sign-in');

// prettier-ignore
export const userActs: readonly Act[] = [
  { method: 'GET', path: '/users', scope: 'admin/users.read', summary: 'List and search people', answers: 'Users',
    takes: { ...search, status: oneOfMember(states, 'who may sign in, or who may not'), environment: oneOfMember(environments, 'who is somebody in it'), reference: textMember('who is this one, such as Patient/1'), role: textMember('who has this role') }, run: listUsers },
  { method: 'POST', path: '/users', scope: 'admin/users.write', summary: 'Register a person', answers: 'User', status: 201,
    takes: { username: textMember('what the person types'), ...personMembers, password,
      invite: flagMember('true: no password, but a link by which the person sets one within seven days; it is sent to the address of the person, and shown once where there is none'),
      language: oneOfMember(languages, 'of that message') }, needs: ['username', ...neededOf(personFields)], run: createUser },
  { method: 'GET', path: '/users/{username}', scope: 'admin/users.read', summary: 'Show a person, with the ways to sign in', answers: 'Person',
    run: async ({ people }, input) => shownPerson(await people.show(input.part('username'))) },
  { method: 'PATCH', path: '/users/{username}', scope: 'admin/users.write', summary: 'Change a person; other identities end sessions and tokens', answers: 'User',
    takes: { ...personMembers, tie_again: flagMember('true: the RelatedPerson stands for the patient whom it names at its next use, in place of the one of before; ends sessions and tokens') }, run: changeUser },
  { method: 'POST', path: '/users/{username}/unlock', scope: 'admin/users.write', summary: 'Unlock a person after too many wrong passwords or codes', answers: 'User',
    run: async ({ people }, input) => shownUser(await people.unlock(input.part('username'))) },
  { method: 'POST', path: '/users/{username}/reset-factors', scope: 'admin/users.write', summary: 'Remove codes, recovery codes and passkeys; sessions and tokens end', answers: 'User',
    run: resetFactors },
  { method: 'POST', path: '/users/{username}/reset-link', scope: 'admin/users.write', summary: 'Make a link by which the person sets a new password, good once and for 15 minutes', answers: 'Link', status: 201,
    run: resetLink },
  { method: 'POST', path: '/users/{username}/paper-code', scope: 'admin/users.write', summary: 'Make a code on paper by which the person sets a password, good once and for three days', answers: 'PaperCode', status: 201,
    run: paperCode },
  { method: 'DELETE', path: '/users/{username}/links/{upstream}', scope: 'admin/users.write', summary: 'Remove the link to an identity system; sessions and tokens end', status: 204,
    run: async ({ people }, input) => people.unlink(input.part('username'), input.part('upstream')) },
  { method: 'POST', path: '/users/{username}/disable', scope: 'admin/users.write', summary: 'Let a person in no longer; sessions and tokens end', answers: 'User',
    run: async ({ accounts, reason }, input) => shownUser(await accounts.disable(input.part('username'), reason === undefined ? {} : { reason })) },
  { method: 'POST', path: '/users/{username}/enable', scope: 'admin/users.write', summary: 'Enable a disabled account', answers: 'User',
    run: async ({ accounts }, input) => shownUser(await accounts.enable(input.part('username'))) },
  { method: 'POST', path: '/users/{username}/set-password', scope: 'admin/users.write', summary: 'Give a person a new password; sessions and tokens end', answers: 'User',
    takes: { password }, run: setPassword },
];

async function listUsers({ people }: AdminContext, input: Input): Promise<unknown> {
  const filter = {
    q: input.text('q'),
    status: input.oneOf('status', states),
    environment: input.oneOf('environment', environments),
    reference: input.text('reference'),
    role: input.text('role'),
  };
  const { items, ...rest } = await people.search({ ...filter, ...input.page() });
  return { ...rest, users: items.map((account) => shownUser(account)) };
}

async function changeUser({ people }: AdminContext, input: Input): Promise<unknown> {
  const identities = input.value('identities');
  const change = {
    ...(membersIn(input, personFields) as ChangedPersonValues),
    identities: identities === undefined ? undefined : identitiesIn(identities),
    tieAgain: input.flag('tie_again') ? environments : undefined,
  };
  return shownUser(await people.change(input.part('username'), present(change)));
}

async function createUser({ accounts, invite, issuer }: AdminContext, sent: Input): Promise<unknown> {
  const input = sent.withoutNulls();
  const given = input.text('password');
  const person = {
    username: input.needed('username'),
    ...(membersIn(input, personFields) as GivenPersonValues),
    ...neededIn(input),
    identities: identitiesIn(input.value('identities')),
  };
  if (input.flag('invite')) {
    if (given !== undefined)
      throw new InputError('invalid-value', 'Who is invited sets the password: leave password out');
    const language = input.oneOf('language', languages);
    const { account, link: path } = await accounts.invite(person);
    const link = issuer + path;
    const isSent = (await invite?.(account, link, language)) === true;
    return { ...shownUser(account), ...(isSent ? { invitation_sent: true } : { invitation: link }) };
  }
  const password = given ?? madePassword();
  const account = await accounts.create({ ...person, password });
  return shownUser(account, given === undefined ? password : undefined);
}

async function resetFactors({ people, tell }: AdminContext, input: Input): Promise<unknown> {
  const account = await people.resetFactors(input.part('username'));
  tell(account.accountId, 'factors-reset');
  return shownUser(account);
}

async function resetLink({ people, issuer, tell }: AdminContext, input: Input): Promise<unknown> {
  const { accountId, link } = await people.resetLink(input.part('username'));
  tell(accountId, 'password-link-made');
  return { link: issuer + link };
}

async function paperCode({ paperCodes, issuer, tell, actor, reason }: AdminContext, input: Input): Promise<unknown> {
  const { accountId, code, expires } = await paperCodes.make(input.part('username'), { actor, reason });
  tell(accountId, 'paper-code-made');
  return { code, address: issuer + paperCodePath, expires_at: expires.toISOString() };
}

async function setPassword({ accounts, tell }: AdminContext, input: Input): Promise<unknown> {
  const given = input.text('password');
  const password = given ?? madePassword();
  const account = await accounts.setPassword(input.part('username'), password);
  tell(account.accountId, 'password-reset');
  return shownUser(account, given === undefined ? password : undefined);
}

/** @throws InputError for a required value that is missing or empty */
function neededIn(input: Input): Pick<GivenPersonValues, 'name'> {
  const needed = Object.entries(personFields).filter(([, field]) => (field as PersonField).isNeeded === true);
  return Object.fromEntries(needed.map(([name, { json }]) => [name, input.needed(json)])) as { name: string };
}

function madePassword(): string {
  return randomBytes(12).toString('base64url');
}

function identitiesIn(value: unknown): Identity[] {
  if (value === undefined) return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => identityIn(item, 'identities'));
}

// prettier-ignore
export const sessionActs: readonly Act[] = [
  { method: 'POST', path: '/clients/{client_id}/sign-out', scope: 'admin/sessions.write', summary: 'End all tokens of a client and all that people gave it; it is told', answers: 'Ended',
    run: async ({ sessions }, input) => ({ ended: await sessions.endAllOfClient(input.part('client_id')) }) },
  { method: 'GET', path: '/sessions', scope: 'admin/sessions.read', summary: 'List and search sessions, the one used last first', answers: 'Sessions',
    takes: { username: textMember('whose'), address: textMember('an address or a network such as 10.1.0.0/16'), client_id: textMember('used for this client'), ...paging }, run: listSessions },
  { method: 'DELETE', path: '/sessions/{session_id}', scope: 'admin/sessions.write', summary: 'End a session and what came of it; its clients are told', status: 204,
    run: async ({ sessions }, input) => sessions.end(input.part('session_id')) },
  { method: 'POST', path: '/users/{username}/sign-out', scope: 'admin/sessions.write', summary: 'Sign a person out everywhere: sessions and tokens end', answers: 'Ended',
    run: async ({ sessions }, input) => ({ ended: await sessions.endAllOf(input.part('username')) }) },
];

async function listSessions({ sessions }: AdminContext, input: Input): Promise<unknown> {
  const [username, address, clientId] = [input.text('username'), input.text('address'), input.text('client_id')];
  const { items, ...rest } = await sessions.search({ username, address, clientId, ...input.page() });
  return { ...rest, sessions: items.map(shownSession) };
}
