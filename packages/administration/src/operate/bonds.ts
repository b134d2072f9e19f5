/** Acts on a person's links: changing name and records, giving and revoking roles, unlinking identity systems. */
import { InputError } from '@dhp/sso-kit/input';
import { bondQuestion, newPersonQuestion, type BondAsked } from '../pages/bond-pages.ts';
import { bondActs } from '../pages/bond-texts.ts';
import { personMembers } from '../pages/person-controls.ts';
import { secretPage } from '../pages/question-page.ts';
import { pathOfUser } from '../pages/user-pages.ts';
import { selectHeldRoles } from '@dhp/accounts/rows';
import { selectLinks } from '@dhp/accounts/identity-rows';
import type { Language } from '@dhp/negotiation';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { accountAt } from './users.ts';
import { bondMessages } from '../texts/bond.ts';
import { newPersonMessages } from '../texts/new-person.ts';
import { operatorMessages } from '../texts/operator.ts';

export function addBonds(controller: OperatorController): void {
  const { sql } = controller;

  async function find(act: BondAsked['act'], context: OperatorContext): Promise<BondAsked | undefined> {
    const account = await accountAt(controller, context);
    if (account === undefined) return undefined;
    if (act === 'take-role') {
      const environment = context.query.get('environment') === 'production' ? 'production' : 'playground';
      const held = await selectHeldRoles(sql, account.accountId, environment);
      const isAsked = (name: 'role' | 'organization', value: string): boolean => context.query.get(name) === value;
      const role = held.find((one) => isAsked('role', one.role) && isAsked('organization', one.organization));
      if (role === undefined) return undefined;
      const { organization } = role;
      const [named] = await controller.organizations.named([{ environment, organization }], context.options.language);
      return { act, account, role: { environment, role: role.role, organization }, name: named?.name };
    }
    if (act === 'unlink') {
      const links = await selectLinks(sql, account.accountId);
      const link = links.find(({ upstream }) => upstream === context.query.get('upstream'));
      return link && { act, account, upstream: link.upstream };
    }
    return { act, account };
  }

  controller.ask<true>('/add-person', {
    find: () => Promise.resolve(true),
    question: (_asked, { options }, again) => newPersonQuestion(options, again),
    async carryOut(_asked, context, form, reason) {
      const typed = (name: string): string => (form.get(name) ?? '').trim();
      const { language } = context.options;
      const values = {
        ...{
          ...personMembers(form),
          username: typed('username'),
          identities: identitiesTyped(typed('records'), language),
        },
        ...(typed('way') === 'password' ? {} : { invite: true, language: typed('language') || language }),
      };
      const result = await controller.carryOut(context, { method: 'POST', path: '/users' }, { values, reason });
      const back = pathOfUser(String(result['sub']));
      const { password, invitation } = result;
      const made = password ?? invitation;
      if (typeof made !== 'string') return { goTo: `${back}?notice=invited` };
      const label =
        password === undefined ? bondMessages[language].newInvitation : operatorMessages[language].newPassword;
      const done = newPersonMessages[language].add.done;
      return { page: secretPage({ tab: 'users', done, label, secret: made, back }, context.options) };
    },
  });

  for (const act of bondActs) {
    controller.ask<BondAsked>(`/users/:accountId/${act}`, {
      find: (context) => find(act, context),
      question: (asked, { options }, again) => bondQuestion(asked, options, again),
      async carryOut({ account, role, upstream }, context, form, reason) {
        const parts = { username: account.username, ...(upstream === undefined ? {} : { upstream }) };
        const values = role ?? valuesOf(act, form, context);
        await controller.carryOut(context, carried[act], { parts, values: { ...values }, reason });
        return { goTo: `${pathOfUser(account.accountId)}?notice=${act}` };
      },
    });
  }
}

const carried: Record<BondAsked['act'], { method: string; path: string }> = {
  change: { method: 'PATCH', path: '/users/{username}' },
  'give-role': { method: 'POST', path: '/users/{username}/roles' },
  'take-role': { method: 'DELETE', path: '/users/{username}/roles' },
  unlink: { method: 'DELETE', path: '/users/{username}/links/{upstream}' },
};

function valuesOf(act: BondAsked['act'], form: URLSearchParams, context: OperatorContext): Record<string, unknown> {
  const typed = (name: string): string => (form.get(name) ?? '').trim();
  if (act === 'give-role') {
    return { environment: typed('environment'), role: typed('role'), organization: typed('organization') };
  }
  if (act !== 'change') return {};
  const identities = identitiesTyped(typed('records'), context.options.language);
  return {
    ...personMembers(form),
    identities,
    ...(typed('tie-again') === '' ? {} : { tie_again: true }),
  };
}

/** One record a line. @throws InputError that names the line, in the language of the page */
function identitiesTyped(text: string, language: Language): object[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, environment, reference] = /^\s*(playground|production)\s+(\w+\/[A-Za-z0-9.-]{1,64})\s*$/.exec(line) ?? [];
    if (environment !== undefined) return { environment, reference };
    throw new InputError('invalid-value', bondMessages[language].wrongRecord({ line: line.slice(0, 100) }));
  });
}
