/** The pages by which platform administrators run the Single Sign-On. What they do is done by the acts of the administration. */
import type { FastifyInstance } from 'fastify';
import { addAudit } from './audit.ts';
import { addBonds } from './bonds.ts';
import { addClients } from './clients.ts';
import { openDesk, type OperateOptions } from './desk.ts';
import { addKeys } from './keys.ts';
import { addOverview } from './overview.ts';
import { addPolicies } from './policies.ts';
import { addSessions } from './sessions.ts';
import { addUsers } from './users.ts';

export function addOperatorPages(app: FastifyInstance, o: OperateOptions): void {
  const desk = openDesk(app, o);
  for (const add of [addOverview, addUsers, addBonds, addClients, addSessions, addKeys, addPolicies, addAudit])
    add(desk);
}
