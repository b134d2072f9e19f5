/** Access policies of the environments, and the review of broken glass. docs/access.md */
import { InputError, type Input } from '@dhp/sso-kit/input';
import { AdministrationError } from '@dhp/sso-kit';
import type { Act, AdminContext } from './act.ts';
import { shownExplanation, shownGlass, shownState, shownTry, shownVersions } from './access-shapes.ts';
import { DutyError } from './duty-error.ts';
import { countMember, oneOfMember, textMember, type Members } from './members.ts';

const base: Members = { base: countMember('the version that you have seen in force; 0: none') };
const policies: Members = { policies: textMember('the document, as a text of JSON') };
const language: Members = { language: oneOfMember(['uz', 'ru', 'en'], 'of what is said to be wrong (default en)') };
const purpose: Members = {
  purpose: textMember('a purpose of use that requests state, such as HRESCH; without it requests state none'),
};
const asked: Members = {
  resource: textMember('such as Observation/7, or Observation/7/_history/2'),
  client_id: textMember('the client that asks'),
  username: textMember('the person for whom it asks; without it, it asks for itself'),
  interaction: oneOfMember(['read', 'search'], 'read (the default) or search'),
  version: countMember('by a version of the access policies; without it by those in force'),
};

const read = 'admin/access-policies.read';
const write = 'admin/access-policies.write';
const path = '/access-policies/{environment}';

// prettier-ignore
export const accessActs: readonly Act[] = [
  { method: 'GET', path, scope: read, summary: 'Show the access policies in force, and how far each factor is', answers: 'AccessPolicies',
    run: async ({ access }, input) => shownState(await access.ask(input.environmentIn('environment'), 'state')) },
  { method: 'GET', path: `${path}/versions`, scope: read, summary: 'List the versions of the access policies, and who brought which into force when', answers: 'AccessPolicyVersions',
    run: async ({ access }, input) => shownVersions(await access.ask(input.environmentIn('environment'), 'versions')) },
  { method: 'GET', path: `${path}/versions/{version}`, scope: read, summary: 'Show the document of a version', answers: 'AccessPolicyText',
    run: ({ access }, input) => access.ask(input.environmentIn('environment'), 'text', { version: versionOf(input.part('version')) }) },
  { method: 'POST', path: `${path}/check`, scope: read, summary: 'Check a document, and change nothing', answers: 'AccessPolicyFaults', isQuestion: true,
    takes: { ...policies, ...language }, needs: ['policies'],
    run: ({ access }, input) => access.ask(input.environmentIn('environment'), 'check', { text: input.needed('policies'), language: input.text('language') }) },
  { method: 'POST', path: `${path}/try`, scope: read, summary: 'Say which clients and persons would lose what by a document, and change nothing', answers: 'AccessPolicyTry', isQuestion: true,
    takes: { ...policies, ...purpose }, needs: ['policies'], run: tryOut },
  { method: 'POST', path: `${path}/explain`, scope: read, summary: 'Say whether a client or a person may read a resource, and why', answers: 'ExplainedAccess', isQuestion: true,
    takes: { ...asked, ...purpose }, needs: ['resource', 'client_id'], run: explain },
  { method: 'POST', path: `${path}/activate`, scope: write, summary: 'Put a document into force, on every server within a second', answers: 'AccessPolicyInForce',
    takes: { ...policies, ...base }, needs: ['policies', 'base'],
    run: ({ access }, input) => access.activate(input.environmentIn('environment'), { text: input.needed('policies'), base: baseIn(input) }) },
  { method: 'POST', path: `${path}/rollback`, scope: write, summary: 'Put what was in force before into force again, or a version, or none', answers: 'AccessPolicyInForce',
    takes: { version: countMember('a version, or 0: no access policies; without it what was in force before'), ...base }, needs: ['base'],
    run: ({ access }, input) => access.rollBack(input.environmentIn('environment'), { to: versionIn(input), base: baseIn(input) }) },
  { method: 'GET', path: '/broken-glass/{environment}', scope: 'admin/broken-glass.read', summary: 'List emergencies in which somebody has broken the glass, those to be reviewed first', answers: 'BrokenGlass',
    takes: { all: oneOfMember(['true', 'false'], 'true: also those that are reviewed') },
    run: async ({ access }, input) => shownGlass(await access.ask(input.environmentIn('environment'), 'glass', { all: input.text('all') === 'true' })) },
  { method: 'POST', path: '/broken-glass/{environment}/{id}/review', scope: 'admin/broken-glass.write', summary: 'Say of an emergency whether it was one; the reason is the finding, and the verdict stands', answers: 'ReviewedGlass',
    takes: { verdict: oneOfMember(['justified', 'unjustified'], 'justified or unjustified') }, needs: ['verdict'],
    run: review },
];

async function review({ access }: AdminContext, input: Input): Promise<unknown> {
  const asked = { id: input.part('id'), verdict: input.needed('verdict') };
  try {
    return await access.review(input.environmentIn('environment'), asked);
  } catch (error) {
    if (error instanceof AdministrationError && error.kind === 'own-emergency') throw new DutyError('own-emergency');
    throw error;
  }
}

/** A text that is not a version number becomes a number that no version has. */
function versionOf(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 2 ** 31 - 1;
}

/** Returns the version number, or null for 0. @throws InputError for a value that cannot be a version number */
function numberIn(input: Input, name: string): number | null {
  const value = input.number(name) ?? 0;
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 31)
    throw new InputError('invalid-value', `${name} is the number of a version, or 0`);
  return value === 0 ? null : value;
}

const baseIn = (input: Input): number | null => numberIn(input, 'base');

function versionIn(input: Input): number | 'before' | null {
  return input.value('version') === undefined ? 'before' : numberIn(input, 'version');
}

async function tryOut({ access }: AdminContext, input: Input): Promise<unknown> {
  const given = { text: input.needed('policies'), purpose: input.text('purpose') };
  return shownTry(await access.tryOut(input.environmentIn('environment'), given));
}

async function explain({ access }: AdminContext, input: Input): Promise<unknown> {
  const who = { clientId: input.needed('client_id'), username: input.text('username') };
  const told = await access.explain(input.environmentIn('environment'), who, {
    ...{ resource: input.needed('resource'), interaction: input.text('interaction') },
    ...{ version: input.number('version'), purpose: input.text('purpose') },
  });
  return shownExplanation(told);
}
