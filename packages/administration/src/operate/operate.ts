/**
 * The pages by which platform administrators run the Single Sign-On; they act through the acts of the administration. Also the page at
 * which administrators of an organisation manage its roles, and the pages for data protection officers.
 */
import type { FastifyInstance } from 'fastify';
import { operatePath, staffPath } from '../pages/frame.ts';
import { glassPath } from '../pages/glass-pages.ts';
import { environmentsOfOfficer, organizationAdministrator } from '@dhp/accounts/policies';
import { isAdministrator } from '@dhp/accounts/rows';
import { selectOrganizationsWithRole } from '../store/staff.ts';
import { addAccess } from './access.ts';
import { addAudit } from './audit.ts';
import { addBonds } from './bonds.ts';
import { addClients } from './clients.ts';
import { openController } from './controller.ts';
import type { Admitted, OperateOptions } from './entry.ts';
import { servedEnvironments } from './environments.ts';
import { addExplanation } from './explain.ts';
import { addGlass } from './glass.ts';
import { addHolds } from './holds.ts';
import { addIdentity } from './identity.ts';
import { addJobs } from './jobs.ts';
import { addSubscriptions } from './subscriptions.ts';
import { addKeys } from './keys.ts';
import { addOverview } from './overview.ts';
import { addPolicies } from './policies.ts';
import { addSessions } from './sessions.ts';
import { addStaff } from './staff.ts';
import { addUsers } from './users.ts';
import { operatorBackPath } from '@dhp/sign-in';
import { goTo } from './answer.ts';

export function addOperatorPages(app: FastifyInstance, o: OperateOptions): void {
  const { sql } = o;
  const administersOne = async (accountId: string): Promise<boolean> =>
    (await selectOrganizationsWithRole(sql, accountId, organizationAdministrator)).length > 0;
  const asAdministrator = async (accountId: string): Promise<Admitted | undefined> =>
    (await isAdministrator(sql, accountId)) ? { of: 'platform', environments: servedEnvironments } : undefined;
  const asOfficer = async (accountId: string): Promise<Admitted | undefined> => {
    const own = await environmentsOfOfficer(sql, accountId);
    return own.length === 0 ? undefined : { of: 'data-protection', environments: own };
  };
  const platform = openController(app, o, {
    admits: asAdministrator,
    async elsewhere(accountId, path) {
      if (path !== operatePath) return undefined;
      if ((await asOfficer(accountId)) !== undefined) return glassPath;
      return (await administersOne(accountId)) ? staffPath : undefined;
    },
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
    addJobs,
    addSubscriptions,
    addAudit,
  ])
    add(platform);
  const officers = openController(app, o, {
    admits: async (accountId) => (await asAdministrator(accountId)) ?? asOfficer(accountId),
  });
  for (const add of [addGlass, addHolds, addExplanation]) add(officers);
  addStaff(
    openController(app, o, {
      admits: async (accountId) =>
        (await administersOne(accountId)) ? { of: 'organization', environments: [] } : undefined,
    }),
  );
  addWayBack(app, o.issuer);
}

/** Returns from the sign-in to the operators' page that was requested. */
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
