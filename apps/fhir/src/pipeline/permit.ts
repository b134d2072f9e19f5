/** The third step: whether the caller may send such a request for the type at all. The caller's store decides about single resources. */
import type { RoutePermission } from '../contract/permission.ts';
import { missingPermission, requireAny, requireSearch } from '../http/access.ts';
import type { Access } from '../contract/access.ts';
import { isForm } from '../http/content-type.ts';
import type { Exchange } from '../contract/exchange.ts';
import { requireServed } from './match.ts';
import type { PipelineSettings } from './settings.ts';

/** Fails as `requirePermission` does, and for an address that does not exist. */
export function permit(exchange: Exchange, settings: PipelineSettings): void {
  const { target, request } = exchange;
  // A form is read first: it may hold a second token, which is the worse mistake.
  if (target === undefined && request.entry === undefined && isForm(request.headers)) return;
  requireServed(exchange, settings);
  requirePermission(exchange);
}

/** Fails with `scope-insufficient`, or `scope-context-unsupported`. */
export function requirePermission({ target, bearer }: Exchange): void {
  if (target === undefined) throw new Error('no route was matched');
  const { route, type } = target;
  if (route.permission === 'public') return;
  if (bearer === undefined) throw new Error('the caller is not known');
  requireRoute(bearer.access, route.permission, type === '' ? '*' : type, route.interaction);
}

function requireRoute(access: Access, permission: RoutePermission, type: string, interaction: string): void {
  if (permission === 'types') requireSearch(access, type, interaction);
  else if (permission === 'any') requireAny(access, type, interaction);
  else if (permission !== 'entries' && permission !== 'public' && permission !== 'own') {
    const missing = missingPermission(access, permission, type, interaction);
    if (missing !== undefined) throw missing;
  }
}
