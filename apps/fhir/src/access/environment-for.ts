/** What an interaction works with on behalf of a caller: a store that shows and takes what the caller is permitted. */
import type { OwnParameters } from '@dhp/fhir-search';
import type { ResourceStore, ResourceStore as FhirStore } from '@dhp/fhir-store';
import type { ResourceScope } from '@dhp/smart-scopes';
import { keepingReferences } from '../conditional/kept-references.ts';
import type { Permission } from '../contract/permission.ts';
import type { Access } from '../http/access.ts';
import type { Environment } from '../interactions/interaction.ts';
import type { Route } from '../contract/route.ts';
import type { GuardSettings } from './guard-settings.ts';
import { guardedStore } from './guarded-store.ts';
import { rulesOf, type Rules } from './rules.ts';

/** What a route's reads are permitted by: who may write a resource by criteria may find it, who may patch it need not read it. */
export function readingOf(permission: Route['permission']): Permission {
  if (permission === 'u' || permission === 'd' || permission === 's') return permission;
  return permission === 'types' || permission === 'c' ? 's' : 'r';
}

/**
 * Made once for each environment, token and permission: an entry of a Bundle asks for two.
 * @param reading what the caller must be permitted to do with a resource for `store.read` and histories to show it
 */
export function environmentFor(environment: Environment, access: Access, reading: Permission): Environment {
  let byAccess = environments.get(environment);
  if (byAccess === undefined) environments.set(environment, (byAccess = new WeakMap()));
  let byPermission = byAccess.get(access);
  if (byPermission === undefined) byAccess.set(access, (byPermission = new Map<Permission, Environment>()));
  let own = byPermission.get(reading);
  if (own === undefined) {
    own = {
      ...environment,
      store: storeFor(environment, access, reading),
      reading: (permission) => environmentFor(environment, access, permission),
    };
    byPermission.set(reading, own);
  }
  return own;
}

const environments = new WeakMap<Environment, WeakMap<Access, Map<Permission, Environment>>>();

/** A caller's rules are made once for each token, whatever it is used for. */
const rulesByAccess = new WeakMap<Access, Rules>();

export function rulesFor(environment: Environment, access: Access): Rules {
  let rules = rulesByAccess.get(access);
  if (rules === undefined) rulesByAccess.set(access, (rules = currentRules(environment, access)));
  return rules;
}

const writingByAccess = new WeakMap<Access, GuardSettings['writing']>();

function writingRulesFor(environment: Environment, access: Access): GuardSettings['writing'] {
  let writing = writingByAccess.get(access);
  if (writing === undefined) {
    const isOfPatient = ({ context }: ResourceScope): boolean => context === 'patient';
    const { narrowed } = access;
    const patient = { ...access, scopes: [], narrowed: narrowed.filter(isOfPatient) };
    const others = { ...access, narrowed: narrowed.filter((scope) => !isOfPatient(scope)) };
    writing = { patient: currentRules(environment, patient), others: currentRules(environment, others) };
    writingByAccess.set(access, writing);
  }
  return writing;
}

/** Scopes with a search may ask by the environment's own parameters, so their rules follow these. */
function currentRules({ timeZone, clock, baseUrl, unguarded }: Environment, access: Access): Rules {
  const made = (own?: OwnParameters): Rules =>
    rulesOf(access, { timeZone, now: clock(), ownBases: [baseUrl], lenient: false, ...(own && { own }) });
  if (access.narrowed.every(({ query }) => query === undefined)) return made();
  let latest: { readonly state: string; readonly rules: Rules } | undefined;
  return (permission, type) => {
    const own = unguarded.knownSearchParameters();
    const state = `${own.generation} ${own.ready} ${own.unready} ${[...own.gaps.keys()].join()}`;
    if (latest?.state !== state) latest = { state, rules: made(own) };
    return latest.rules(permission, type);
  };
}

const stores = new WeakMap<FhirStore, WeakMap<Access, Map<Permission, FhirStore>>>();

function storeFor(environment: Environment, access: Access, reading: Permission): ResourceStore {
  const { unguarded, keepsReferences, baseUrl, timeZone } = environment;
  let byAccess = stores.get(unguarded);
  if (byAccess === undefined) stores.set(unguarded, (byAccess = new WeakMap()));
  let byPermission = byAccess.get(access);
  if (byPermission === undefined) byAccess.set(access, (byPermission = new Map<Permission, ResourceStore>()));
  let store = byPermission.get(reading);
  if (store === undefined) {
    const rules = rulesFor(environment, access);
    const writing = writingRulesFor(environment, access);
    const guarded = guardedStore(unguarded, { access, rules, writing, reading, timeZone, ownBases: [baseUrl] });
    store = keepsReferences ? keepingReferences(guarded, baseUrl) : guarded;
    byPermission.set(reading, store);
  }
  return store;
}
