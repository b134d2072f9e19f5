import type { PolicySet } from '@dhp/access-policies';
import type { Budget } from '@dhp/budget';
import type { ResourceScope } from '@dhp/smart-scopes';
import type { Permission } from '../contract/permission.ts';
import type { Rules } from '../contract/rules.ts';
import type { Access } from '../contract/access.ts';
import type { Services } from '../contract/interaction.ts';
import type { Refused } from '../contract/refused.ts';
import { elementLimits, type ElementLimits } from './element-limits.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { AccessControl } from './access-control.ts';
import { guardedStore } from './guarded-store.ts';
import { ownSubscriptions } from './own-subscriptions.ts';
import { partlyFor } from './partly.ts';
import { limitedCallerOf } from './policy-rules.ts';
import type { GuardedStore } from './seen-versions.ts';
import { factorsBy, rulesBy, together, type Factor, type ReadRule } from './read-rules.ts';

/**
 * The bearer of a verified token, with all that is made of the token once: its rules, and the store as it may be seen and changed.
 * The cache of tokens holds it, so that it lives as long as the token is remembered; nothing is made before it is requested.
 */
export class Caller {
  readonly access: Access;
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt: number;
  readonly #services: Services;
  readonly #control: AccessControl;
  readonly #byPermission = new Map<Permission, Services>();
  readonly #byPurpose = new Map<string, Caller>();
  #rules: CallerRules | undefined;
  #limits: { readonly of: PolicySet; readonly made: ElementLimits | undefined } | undefined;

  /** @param services those of the server, over all stored resources */
  constructor(services: Services, access: Access, control: AccessControl, rules?: CallerRules) {
    this.access = access;
    this.expiresAt = access.expiresAt;
    this.#services = services;
    this.#control = control;
    this.#rules = rules;
  }

  /**
   * Made once, unless the token is narrowed: only the rules of narrowed tokens read resources.
   * @param reading the permission on a resource that is needed for `store.read` and histories to show it
   * @param budget of the request, for the index values that decisions about resources need
   * @param refused of the request; nothing is noted if no resource of a type is hidden from the caller
   */
  services(reading: Permission, budget?: Budget, refused?: Refused): Services {
    const isNarrowed = this.access.narrowed.length > 0 || this.#services.policies.current() !== undefined;
    return isNarrowed
      ? this.#servicesFor(reading, undefined, { budget, refused })
      : this.#made(reading, this.#byPermission, whole);
  }

  /**
   * Another caller with rules of its own, as those of a token do not depend on a request. The rules for a purpose are made once for the
   * token, beside those of the token. A client may state any purpose, so a purpose only takes rights away, except for labels whose
   * clearance depends on the stated purpose.
   */
  acting(access: Access): Caller {
    const { purpose, emergency } = access;
    if (purpose === undefined || emergency !== undefined) return new Caller(this.#services, access, this.#control);
    let caller = this.#byPurpose.get(purpose);
    if (caller === undefined)
      this.#byPurpose.set(
        purpose,
        (caller = new Caller(this.#services, access, this.#control, this.#ofPurpose(access))),
      );
    return caller;
  }

  #ofPurpose(access: Access): CallerRules {
    const { readRules } = this.#control;
    const asking = readRules.filter(({ asksPurpose }) => asksPurpose !== undefined);
    const ofToken = readRules.filter(({ asksPurpose }) => asksPurpose !== 'instead');
    return both(callerRules(ofToken, this.#services, this.access), callerRules(asking, this.#services, access));
  }

  #made(reading: Permission, made: Map<Permission, Services>, request: OfRequest): Services {
    let own = made.get(reading);
    if (own === undefined) made.set(reading, (own = this.#servicesFor(reading, made, request)));
    return own;
  }

  /** @param made those of other permissions; undefined: nobody has asked for another one */
  #servicesFor(reading: Permission, made: Map<Permission, Services> | undefined, request: OfRequest): Services {
    const store = this.#accepting(this.#storeFor(reading, request));
    let others = made;
    const own: Services = {
      ...this.#services,
      store,
      seen: store.seen,
      rules: this.#callerRules().all,
      partly: partlyFor(this.#services.unguarded, this.#elementLimits()),
      reading: (permission, entry) =>
        entry === undefined || request === whole
          ? this.#made(permission, (others ??= new Map([[reading, own]])), request)
          : this.#servicesFor(permission, undefined, { ...request, refused: entry }),
      over: (unguarded) => this.#over({ unguarded }).services(reading, request.budget, request.refused),
      from: (others) => this.#over({ whole: others }).services(reading, request.budget, request.refused),
    };
    return own;
  }

  /** A Subscription is shown whole to its owner, and stored with the rights of its writer. */
  #accepting(store: GuardedStore): GuardedStore {
    const { subscriptions, unguarded } = this.#services;
    if (subscriptions === undefined) return store;
    const partly = partlyFor(unguarded, this.#elementLimits());
    const shown = ownSubscriptions(store, this.access, subscriptions);
    return subscriptions.accepting(shown, { access: this.access, rules: this.#callerRules().all, partly });
  }

  /** Made once for the policies in force. */
  #elementLimits(): ElementLimits | undefined {
    const set = this.#services.policies.current()?.set;
    if (set === undefined) return undefined;
    if (this.#limits?.of !== set)
      this.#limits = { of: set, made: elementLimits(set, limitedCallerOf(this.access, set)) };
    return this.#limits.made;
  }

  #over(view: Partial<Pick<Services, 'unguarded' | 'whole'>>): Caller {
    return new Caller({ ...this.#services, ...view }, this.access, this.#control, this.#callerRules());
  }

  #callerRules(): CallerRules {
    return (this.#rules ??= callerRules(this.#control.readRules, this.#services, this.access));
  }

  #storeFor(reading: Permission, { budget, refused }: OfRequest): GuardedStore {
    const { unguarded, whole, keepsReferences, baseUrl, timeZone, clock, costs, policies, signatures } = this.#services;
    const { all: rules, factors, writing } = this.#callerRules();
    const { writeRules, decisions } = this.#control;
    return guardedStore(unguarded, {
      ...{ access: this.access, rules, factors, writing, writeRules, reading, decisions, refused },
      whole,
      limitsTypes: policies.current() !== undefined,
      limits: this.#elementLimits(),
      labels: policies.current()?.labels,
      signatures,
      ...{ keepsReferences, timeZone, now: clock, ownBases: [baseUrl], costs, budget },
    });
  }
}

/** The parts of a request that the decisions of its caller need. */
interface OfRequest {
  readonly budget: Budget | undefined;
  readonly refused: Refused | undefined;
}

/** Of a caller whose rules do not read resources: nothing of a request is needed. */
const whole: OfRequest = { budget: undefined, refused: undefined };

interface CallerRules {
  readonly all: Rules;
  readonly factors: readonly Factor[];
  readonly writing: GuardSettings['writing'];
}

function callerRules(readRules: readonly ReadRule[], services: Services, access: Access): CallerRules {
  const isOfPatient = ({ context }: ResourceScope): boolean => context === 'patient';
  const { narrowed } = access;
  const patient = (): Access => ({ ...access, scopes: [], narrowed: narrowed.filter(isOfPatient) });
  const others = (): Access => ({ ...access, narrowed: narrowed.filter((scope) => !isOfPatient(scope)) });
  const factors = factorsBy(readRules, services, access);
  return {
    factors,
    all: together(factors.map(({ rules }) => rules)),
    writing: {
      patient: lazily(() => rulesBy(readRules, services, patient())),
      others: lazily(() => rulesBy(readRules, services, others())),
    },
  };
}

/** Rules that are made when they are first asked for: a caller that only reads needs none of writes. */
function lazily(make: () => Rules): Rules {
  let made: Rules | undefined;
  return (permission, type) => (made ??= make())(permission, type);
}

function both(one: CallerRules, other: CallerRules): CallerRules {
  return {
    factors: [...one.factors, ...other.factors],
    all: together([one.all, other.all]),
    writing: {
      patient: together([one.writing.patient, other.writing.patient]),
      others: together([one.writing.others, other.writing.others]),
    },
  };
}
