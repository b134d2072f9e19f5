/** What an interaction works with on behalf of a caller: a store that shows and takes what the caller is permitted. */
import type { FhirStore } from '@dhp/fhir-store';
import { keepingReferences } from '../conditional/kept-references.ts';
import type { Access, Permission } from '../http/access.ts';
import type { Environment } from '../interactions/interaction.ts';
import type { Route } from '../routes.ts';
import { guardedStore } from './guarded-store.ts';
import { rulesOf, type Rules } from './rules.ts';

/** What a route's reads are permitted by: who may write a resource by criteria may find it, who may patch it need not read it. */
export function readingOf(permission: Route['permission']): Permission {
  if (permission === 'u' || permission === 'd' || permission === 's') return permission;
  return permission === 'types' || permission === 'c' ? 's' : 'r';
}

/** @param reading what the caller must be permitted to do with a resource for `store.read` and histories to show it */
export function environmentFor(environment: Environment, access: Access, reading: Permission): Environment {
  return {
    ...environment,
    store: storeFor(environment, access, reading),
    reading: (permission) => environmentFor(environment, access, permission),
  };
}

/** A caller's rules are made once for each token, whatever it is used for. */
const rulesByAccess = new WeakMap<Access, Rules>();

export function rulesFor({ timeZone, clock, baseUrl }: Environment, access: Access): Rules {
  let rules = rulesByAccess.get(access);
  if (rules === undefined) {
    rules = rulesOf(access, { timeZone, now: clock(), ownBases: [baseUrl], lenient: false });
    rulesByAccess.set(access, rules);
  }
  return rules;
}

const stores = new WeakMap<FhirStore, WeakMap<Access, Map<Permission, FhirStore>>>();

function storeFor(environment: Environment, access: Access, reading: Permission): FhirStore {
  const { unguarded, keepsReferences, baseUrl, timeZone } = environment;
  let byAccess = stores.get(unguarded);
  if (byAccess === undefined) stores.set(unguarded, (byAccess = new WeakMap()));
  let byPermission = byAccess.get(access);
  if (byPermission === undefined) byAccess.set(access, (byPermission = new Map<Permission, FhirStore>()));
  let store = byPermission.get(reading);
  if (store === undefined) {
    const rules = rulesFor(environment, access);
    const guarded = guardedStore(unguarded, { access, rules, reading, timeZone, ownBases: [baseUrl] });
    store = keepsReferences ? keepingReferences(guarded, baseUrl) : guarded;
    byPermission.set(reading, store);
  }
  return store;
}
