/** The pages by which platform administrators run the Single Sign-On. What they do is done by the acts of the administration. */
import type { FastifyInstance } from 'fastify';
import { openDesk, type OperateOptions } from './desk.ts';
import { addOverview } from './overview.ts';
import { addUsers } from './users.ts';

export function addOperatorPages(app: FastifyInstance, o: OperateOptions): void {
  const desk = openDesk(app, o);
  addOverview(desk);
  addUsers(desk);
}
