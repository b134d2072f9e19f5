/**
 * Interactions with one resource by who may do them with some resources of the type only: those of a patient (`patient/…`), those
 * that meet a condition (`…?category=x`). Searches have it in their statements; here it is asked before the interaction runs.
 */
import { indexRow, type Condition, type JsonResource } from '@dhp/fhir-search';
import { formatScope, permits } from '@dhp/smart-scopes';
import { meets } from '../conditional/meets.ts';
import type { Access, Permission } from '../http/access.ts';
import { receiveResource } from '../http/body.ts';
import { fail } from '../http/errors.ts';
import type { Call, Environment } from '../interactions/interaction.ts';
import type { Route } from '../routes.ts';
import { parseOptions } from '../search/search-bundle.ts';
import { permittedOf } from '../search/search-access.ts';

/**
 * Of which it can be told what they are about: the resource at the address, the one in the body, or both. Not the history of a
 * resource: versions of it may have been about somebody else.
 */
const about: Readonly<Record<string, { stored: boolean; sent: boolean }>> = {
  read: { stored: true, sent: false },
  vread: { stored: true, sent: false },
  delete: { stored: true, sent: false },
  create: { stored: false, sent: true },
  update: { stored: true, sent: true },
};

export function isNarrowable(interaction: string): boolean {
  return Object.hasOwn(about, interaction);
}

/**
 * Fails unless the resources that the call is about are among those permitted. One that is stored and is not among them is answered
 * as if it were not there. An old version must be among them itself, and so must the current one.
 */
export async function requireWithin(environment: Environment, route: Route, call: Call): Promise<void> {
  const { type, id } = call;
  const access = call.access!;
  const permission = route.permission as Permission;
  const condition = permittedOf(access, permission, type, { ...parseOptions(environment, call), lenient: false });
  const { stored, sent } = about[route.interaction]!;
  if (stored) await requireStored(environment, call, condition, sent);
  if (route.interaction === 'vread') await requireVersion(environment, call, condition);
  if (sent) requireSent(environment, call, condition, () => failOutside(access, permission, type, id));
}

/** @param mayBeNew an update makes a resource where there is none */
async function requireStored(
  { store }: Environment,
  { type, id }: Call,
  condition: Condition | boolean,
  mayBeNew: boolean,
): Promise<void> {
  const found = await store.find(type, { op: 'all', of: [{ op: 'id', any: [id] }, asCondition(condition)] }, 1);
  if (found.length > 0) return;
  if (mayBeNew && (await store.read(type, id)) === undefined) return;
  failNotThere(type, id);
}

async function requireVersion(
  environment: Environment,
  { type, id, versionId }: Call,
  condition: Condition | boolean,
): Promise<void> {
  const version = /^[1-9]\d{0,9}$/.test(versionId)
    ? await environment.store.vread(type, id, Number(versionId))
    : undefined;
  // A deletion has no content to tell of; neither has a version that is not there, of which the interaction tells itself.
  if (version === undefined || version.deleted) return;
  const resource = JSON.parse(version.content.toString('utf8')) as JsonResource;
  if (!isWithin(environment, resource, id, condition)) failNotThere(type, id);
}

function failNotThere(type: string, id: string): never {
  const diagnostics = `There is no ${type}/${id} among the resources that the token permits.`;
  fail('resource-not-found', { type, id }, { diagnostics, expression: type });
}

/** What cannot be told of the resource alone is not permitted. */
function isWithin(
  { timeZone, baseUrl }: Environment,
  resource: JsonResource,
  id: string,
  condition: Condition | boolean,
): boolean {
  const row = indexRow(resource, { timeZone, ownBases: [baseUrl] });
  return meets({ id, row }, asCondition(condition)) === true;
}

function requireSent(
  environment: Environment,
  { type, id, body }: Call,
  condition: Condition | boolean,
  failAll: () => never,
): void {
  const resource = receiveResource(body, type).resource as unknown as JsonResource;
  const named: JsonResource = id === '' ? resource : { ...resource, id };
  if (!isWithin(environment, named, id, condition)) failAll();
}

function asCondition(permitted: Condition | boolean): Condition {
  if (typeof permitted !== 'boolean') return permitted;
  return permitted ? { op: 'all', of: [] } : { op: 'any', of: [] };
}

function failOutside(access: Access, permission: Permission, type: string, id: string): never {
  const scopes = access.narrowed.filter((scope) => permits([scope], permission, type)).map(formatScope);
  const which = id === '' ? `The ${type}` : `${type}/${id}`;
  fail('scope-outside', {}, { diagnostics: `${which} is not permitted by ${scopes.join(' ')}.` });
}
