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
    return new Caller({ ...this.#services, unguarded }, this.access, this.#control, this.#callerRules());
  }

  #callerRules(): CallerRules {
    return (this.#rules ??= callerRules(this.#control.readRules, this.#services, this.access));
  }

  #storeFor(reading: Permission): ResourceStore {
    const { unguarded, keepsReferences, baseUrl, timeZone } = this.#services;
    const { all: rules, writing } = this.#callerRules();
    const { writeRules, decisions } = this.#control;
    return guardedStore(unguarded, {
      ...{ access: this.access, rules, writing, writeRules, reading, decisions },
      ...{ keepsReferences, timeZone, ownBases: [baseUrl] },
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
