/**
 * The pages by which platform administrators run the Single Sign-On, where what they do is done by the acts of the administration; and
 * the page at which administrators of an organisation say who has which role in it.
 */
import type { FastifyInstance } from 'fastify';
import { operatePath, staffPath } from '../pages/frame.ts';
import { organizationAdministrator } from '@dhp/accounts/policies';
import { isAdministrator } from '@dhp/accounts/rows';
import { selectOrganizationsWithRole } from '../store/staff.ts';
import { addAudit } from './audit.ts';
import { addBonds } from './bonds.ts';
import { addClients } from './clients.ts';
import { openDesk } from './desk.ts';
import type { OperateOptions } from './entry.ts';
import { addIdentity } from './identity.ts';
import { addKeys } from './keys.ts';
import { addOverview } from './overview.ts';
import { addPolicies } from './policies.ts';
import { addSessions } from './sessions.ts';
import { addStaff } from './staff.ts';
import { addUsers } from './users.ts';
import { addWayBack } from './way-back.ts';

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
    addAudit,
  ])
    add(desk);
  addStaff(openDesk(app, o, { of: 'organization', admits: administersOne }));
  addWayBack(app, o.issuer);
}
