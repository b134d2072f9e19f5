/** The page of an organisation: its roles and their holders, which its administrators give and revoke. */
import { indexNames, searchedWords } from '../acts/name-search.ts';
import { AccountError } from '@dhp/accounts';
import { openPaperCodes, paperCodePath } from '@dhp/accounts/sign-in';
import { paperPage } from '../pages/paper-page.ts';
import {
  organizationsPage,
  pathOfOrganization,
  staffPage,
  staffQuestion,
  type StaffAsked,
} from '../pages/staff-pages.ts';
import { staffActs } from '../pages/staff-texts.ts';
import { openStaff, type Staff } from '../acts/staff.ts';
import type { NamedOrganization } from '@dhp/accounts/records';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { pagedBy, pageSize } from './paging.ts';
import { staffActMessages } from '../texts/staff-act.ts';

export function addStaff(controller: OperatorController): void {
  const { sql, clock, organizations } = controller;
  const paperCodes = openPaperCodes({ sql, encryptionKey: controller.encryptionKey, clock });
  const staffOf = ({ account }: OperatorContext): Staff =>
    openStaff(sql, { accountId: account.accountId, clock, paperCodes });

  controller.show('/staff', async (context) => {
    const own = await staffOf(context).organizations();
    const [only] = own;
    if (own.length === 1) return { goTo: pathOfOrganization(only!) };
    return { page: organizationsPage(await organizations.named(own, context.options.language), context.options) };
  });

  controller.show('/staff/:environment/:organization', async (context) => {
    const at = await organizationAt(controller, staffOf(context), context);
    if (at === undefined) return undefined;
    const { query, options } = context;
    const q = (query.get('q') ?? '').slice(0, 200);
    if (q.trim() !== '') await indexNames(sql);
    const staff = staffOf(context);
    const after = query.get('after')?.slice(0, 100);
    const [{ rows, more }, roles, mayMakePaperCodes] = await Promise.all([
      staff.members(at, { searched: searchedWords(q), after, limit: pageSize }),
      staff.roles(at.environment),
      staff.mayMakePaperCodes(at),
    ]);
    const paged = pagedBy('after', query, { q }, more ? rows.at(-1)?.username : undefined);
    const done = staffActs.find((act) => act === query.get('notice'));
    const notice = done && staffActMessages[options.language][done].done;
    return { page: staffPage({ at, rows, roles, mayMakePaperCodes, q, paged }, { ...options, notice }) };
  });

  for (const act of staffActs) {
    controller.ask<StaffAsked>(`/staff/:environment/:organization/${act}`, {
      async find(context) {
        const at = await organizationAt(controller, staffOf(context), context);
        if (at === undefined) {
          noteOther(controller, context, act);
          return undefined;
        }
        if (act === 'paper-code')
          return (await staffOf(context).mayMakePaperCodes(at)) ? { act, at, roles: [] } : undefined;
        const roles = await staffOf(context).roles(at.environment);
        if (act === 'give') return roles.length === 0 ? undefined : { act, at, roles };
        const [username, role] = [context.query.get('username') ?? '', context.query.get('role') ?? ''];
        return username === '' || role === '' ? undefined : { act, at, roles, username, role };
      },
      question: (asked, { options }, again) => staffQuestion(asked, options, again),
      async carryOut({ at, username, role }, context, form, reason) {
        const staff = staffOf(context);
        const { environment, organization } = at;
        const typed = (name: string): string => (form.get(name) ?? '').trim();
        if (act === 'paper-code')
          return paperFor(controller, context, staff, { at, username: typed('username'), reason });
        if (act === 'give') {
          await staff.give({ environment, organization, username: typed('username'), role: typed('role'), reason });
        } else {
          if (username === undefined || role === undefined)
            throw new AccountError('unknown-account', 'Nobody is named');
          await staff.take({ environment, organization, username, role, reason });
        }
        return { goTo: `${pathOfOrganization(at)}?notice=${act}` };
      },
    });
  }
}

/** Returns the organisation of the address; undefined if the visitor does not administer it. */
async function organizationAt(
  { organizations }: OperatorController,
  staff: Staff,
  context: OperatorContext,
): Promise<NamedOrganization | undefined> {
  const own = (await staff.organizations()).filter(
    (one) => one.environment === context.part('environment') && one.organization === context.part('organization'),
  );
  return (await organizations.named(own, context.options.language))[0];
}

/**
 * Records an attempt to act in an organisation that the person does not administer; the record does not reveal whether the organisation
 * exists.
 */
function noteOther(controller: OperatorController, context: OperatorContext, act: string): void {
  const where = `Organization/${context.part('organization')} of the ${context.part('environment')}`;
  const reason = `other-organization for ${act} in ${where}`.slice(0, 200);
  const actor = `account:${context.account.accountId}`;
  controller.record({ event: 'administration.refused', actor, reason }, context.ip);
}

/** Issues a code for a patient. @returns the page to print */
async function paperFor(
  controller: OperatorController,
  { options }: OperatorContext,
  staff: Staff,
  { at, username, reason }: { at: NamedOrganization; username: string; reason: string },
): Promise<{ page: string }> {
  const { environment, organization } = at;
  const { accountId, code, expires } = await staff.paperCode({ environment, organization, username, reason });
  controller.tell(accountId, 'paper-code-made');
  const paper = { username, code, address: controller.issuer + paperCodePath, until: expires.toISOString() };
  return { page: paperPage({ ...paper, tab: 'staff', back: pathOfOrganization(at) }, options) };
}
