/** From the sign-in back to the page of the operators that was asked for. */
import type { FastifyInstance } from 'fastify';
import { operatePath } from '../pages/frame.ts';
import { operatorBackPath } from '@dhp/sign-in';
import { goTo } from './answer.ts';

export function addWayBack(app: FastifyInstance, issuer: string): void {
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
