import type { Budget } from '@dhp/budget';
import type { ResourceStore } from '@dhp/fhir-store';
import type { ResourceScope } from '@dhp/smart-scopes';
import type { Permission } from '../contract/permission.ts';
import type { Rules } from '../contract/rules.ts';
import type { Access } from '../contract/access.ts';
import type { Services } from '../contract/interaction.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { AccessControl } from './access-control.ts';
import { guardedStore } from './guarded-store.ts';
import { rulesBy, type ReadRule } from './read-rules.ts';

/**
 * The bearer of a verified token, with all that is made of the token once: its rules, and the store as it may be seen and changed.
 * The cache of tokens holds it, so that it lives as long as the token is remembered; nothing is made before it is asked for.
 */
export class Caller {
  readonly access: Access;
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt: number;
  readonly #services: Services;
  readonly #control: AccessControl;
  readonly #byPermission = new Map<Permission, Services>();
  #rules: CallerRules | undefined;

  /** @param services those of the server, over what is stored, whoever may see it */
  constructor(services: Services, access: Access, control: AccessControl, rules?: CallerRules) {
    this.access = access;
    this.expiresAt = access.expiresAt;
    this.#services = services;
    this.#control = control;
    this.#rules = rules;
  }

  /**
   * Those of other tokens than narrowed ones are made once: their rules do not read resources.
   * @param reading what must be permitted with a resource for `store.read` and histories to show it
   * @param budget of the request, for the index values that decisions about resources need
   */
  services(reading: Permission, budget?: Budget): Services {
    const isNarrowed = this.access.narrowed.length > 0;
    return isNarrowed ? this.#made(reading, new Map(), budget) : this.#made(reading, this.#byPermission);
  }

  #made(reading: Permission, made: Map<Permission, Services>, budget?: Budget): Services {
    let own = made.get(reading);
    if (own === undefined) {
      own = {
        ...this.#services,
        store: this.#storeFor(reading, budget),
        rules: this.#callerRules().all,
        reading: (permission) => this.#made(permission, made, budget),
        over: (unguarded) => this.#over(unguarded).services(reading, budget),
      };
      made.set(reading, own);
    }
    return own;
  }

  #over(unguarded: Services['unguarded']): Caller {
    return new Caller({ ...this.#services, unguarded }, this.access, this.#control, this.#callerRules());
  }

  #callerRules(): CallerRules {
    return (this.#rules ??= callerRules(this.#control.readRules, this.#services, this.access));
  }

  #storeFor(reading: Permission, budget: Budget | undefined): ResourceStore {
    const { unguarded, keepsReferences, baseUrl, timeZone, costs } = this.#services;
    const { all: rules, writing } = this.#callerRules();
    const { writeRules, decisions } = this.#control;
    return guardedStore(unguarded, {
      ...{ access: this.access, rules, writing, writeRules, reading, decisions },
      ...{ keepsReferences, timeZone, ownBases: [baseUrl], costs, budget },
    });
  }
}

interface CallerRules {
  readonly all: Rules;
  readonly writing: GuardSettings['writing'];
}

function callerRules(readRules: readonly ReadRule[], services: Services, access: Access): CallerRules {
  const isOfPatient = ({ context }: ResourceScope): boolean => context === 'patient';
  const { narrowed } = access;
  const patient = { ...access, scopes: [], narrowed: narrowed.filter(isOfPatient) };
  const others = { ...access, narrowed: narrowed.filter((scope) => !isOfPatient(scope)) };
  return {
    all: rulesBy(readRules, services, access),
    writing: { patient: rulesBy(readRules, services, patient), others: rulesBy(readRules, services, others) },
  };
}
