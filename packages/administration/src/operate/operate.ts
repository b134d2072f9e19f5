/**
 * The pages by which platform administrators run the Single Sign-On, where what they do is done by the acts of the administration; and
 * the page at which administrators of an organisation say who has which role in it.
 */
import type { FastifyInstance } from 'fastify';
import { operatePath, staffPath } from '../pages/frame.ts';
import { organizationAdministrator } from '@dhp/accounts/policies';
import { isAdministrator } from '@dhp/accounts/rows';
import { selectOrganizationsWithRole } from '../store/staff.ts';
import { addAccess } from './access.ts';
import { addAudit } from './audit.ts';
import { addBonds } from './bonds.ts';
import { addClients } from './clients.ts';
import { openDesk } from './desk.ts';
import type { OperateOptions } from './entry.ts';
import { addGlass } from './glass.ts';
import { addIdentity } from './identity.ts';
import { addKeys } from './keys.ts';
import { addOverview } from './overview.ts';
import { addPolicies } from './policies.ts';
import { addSessions } from './sessions.ts';
import { addStaff } from './staff.ts';
import { addUsers } from './users.ts';
import { operatorBackPath } from '@dhp/sign-in';
import { goTo } from './answer.ts';

export function addOperatorPages(app: FastifyInstance, o: OperateOptions): void {
  const administersOne = async (accountId: string): Promise<boolean> =>
    (await selectOrganizationsWithRole(o.sql, accountId, organizationAdministrator)).length > 0;
  const desk = openDesk(app, o, {
    of: 'platform',
    admits: (accountId) => isAdministrator(o.sql, accountId),
    elsewhere: async (accountId, path) =>
      path === operatePath && (await administersOne(accountId)) ? staffPath : undefined,
  });
  for (const add of [
    addOverview,
    addUsers,
    addBonds,
    addIdentity,
    addClients,
    addSessions,
    addKeys,
    addPolicies,
    addAccess,
    addGlass,
    addAudit,
  ])
    add(desk);
  addStaff(openDesk(app, o, { of: 'organization', admits: administersOne }));
  addWayBack(app, o.issuer);
}

/** From the sign-in back to the page of the operators that was asked for. */
function addWayBack(app: FastifyInstance, issuer: string): void {
  app.get(operatorBackPath, (request, reply) => {
    const { state, error } = request.query as { state?: unknown; error?: unknown };
    return goTo(reply, error === undefined ? placeOf(state, issuer) : '/');
  });
}

/** Returns the address requested before the sign-in, if it is one of the operators' pages; otherwise their first page. */
function placeOf(state: unknown, issuer: string): string {
  const url = typeof state === 'string' ? URL.parse(state, issuer) : null;
  const isOurs = url !== null && url.origin === new URL(issuer).origin && /^\/operate(\/|$)/.test(url.pathname);
  return isOurs && url.pathname !== operatorBackPath ? url.pathname + url.search : operatePath;
}
