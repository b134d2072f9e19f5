import type { OwnParameters } from '@dhp/fhir-search';
import type { ResourceStore } from '@dhp/fhir-store';
import type { ResourceScope } from '@dhp/smart-scopes';
import { keepingReferences } from '../conditional/kept-references.ts';
import type { Permission } from '../contract/permission.ts';
import type { Rules } from '../contract/rules.ts';
import type { Access } from '../http/access.ts';
import type { Services } from '../interactions/interaction.ts';
import type { GuardSettings } from './guard-settings.ts';
import { guardedStore } from './guarded-store.ts';
import { rulesOf } from './rules.ts';

/**
 * The bearer of a verified token, with all that is made of the token once: its rules, and the store as it may be seen and changed.
 * The cache of tokens holds it, so that it lives as long as the token is remembered; nothing is made before it is asked for.
 */
export class Caller {
  readonly access: Access;
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt: number;
  readonly #services: Services;
  readonly #byPermission = new Map<Permission, Services>();
  #rules: CallerRules | undefined;

  /** @param services those of the server, over what is stored, whoever may see it */
  constructor(services: Services, access: Access, rules?: CallerRules) {
    this.access = access;
    this.expiresAt = access.expiresAt;
    this.#services = services;
    this.#rules = rules;
  }

  /** @param reading what must be permitted with a resource for `store.read` and histories to show it */
  services(reading: Permission): Services {
    let own = this.#byPermission.get(reading);
    if (own === undefined) {
      own = {
        ...this.#services,
        store: this.#storeFor(reading),
        rules: this.#callerRules().all,
        reading: (permission) => this.services(permission),
        over: (unguarded) => this.#over(unguarded).services(reading),
      };
      this.#byPermission.set(reading, own);
    }
    return own;
  }

  #over(unguarded: Services['unguarded']): Caller {
    return new Caller({ ...this.#services, unguarded }, this.access, this.#callerRules());
  }

  #callerRules(): CallerRules {
    return (this.#rules ??= callerRules(this.#services, this.access));
  }

  #storeFor(reading: Permission): ResourceStore {
    const { unguarded, keepsReferences, baseUrl, timeZone } = this.#services;
    const { all: rules, writing } = this.#callerRules();
    const settings = { access: this.access, rules, writing, reading, timeZone, ownBases: [baseUrl] };
    const guarded = guardedStore(unguarded, settings);
    return keepsReferences ? keepingReferences(guarded, baseUrl) : guarded;
  }
}

interface CallerRules {
  readonly all: Rules;
  readonly writing: GuardSettings['writing'];
}

function callerRules(services: Services, access: Access): CallerRules {
  const isOfPatient = ({ context }: ResourceScope): boolean => context === 'patient';
  const { narrowed } = access;
  const patient = { ...access, scopes: [], narrowed: narrowed.filter(isOfPatient) };
  const others = { ...access, narrowed: narrowed.filter((scope) => !isOfPatient(scope)) };
  return {
    all: currentRules(services, access),
    writing: { patient: currentRules(services, patient), others: currentRules(services, others) },
  };
}

/** Scopes with a search may ask by the environment's own parameters, so their rules follow these. */
function currentRules({ timeZone, clock, baseUrl, unguarded }: Services, access: Access): Rules {
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
