import type { Language } from '@dhp/negotiation';
import { render, type Message, type MessageValues } from '@dhp/messages';
import { exampleOf } from './criteria.ts';
import { faultMessages, type FaultMessages } from './texts/fault.ts';
import {
  authorities,
  careTypes,
  interactions,
  type BreakGlassPolicy,
  type CarePolicy,
  type Clearance,
  type InteractionName,
  type LabelPolicies,
  type LabelRule,
  overridable,
  type PolicyRule,
  type PolicySet,
  type Who,
  windowParts,
} from './policy-set.ts';

/** A fault of a document, with its place. */
export interface PolicyFault {
  readonly key: keyof FaultMessages;
  /** As in JSON: `rules[2].types[0]`. */
  readonly place: string;
  readonly values: MessageValues;
}

/** A document that is no set of policies; all its faults together. */
export class PolicyFaults extends Error {
  override readonly name = 'PolicyFaults';
  readonly faults: readonly PolicyFault[];

  constructor(faults: readonly PolicyFault[]) {
    super(faults.map((fault) => faultText(fault, 'en')).join('\n'));
    this.faults = faults;
  }
}

/** Returns a fault as a sentence that names its place and its cure. */
export function faultText({ key, place, values }: PolicyFault, language: Language): string {
  return render(faultMessages[language][key] as Message, { place, ...values });
}

/** Parts of the platform that the check of a document needs. */
export interface CheckMeans {
  readonly types: readonly string[];
  /** Why a rule about these interactions may not have a query as its criteria for a type, in English; undefined if it may. */
  readonly problemOf: (type: string, criteria: string, interactions: readonly InteractionName[]) => string | undefined;
  /** Why a rule may not limit an element of a type; absent: any may be. */
  readonly problemOfElement?: ((type: string, element: string, limit: Limit) => ElementProblem | undefined) | undefined;
  /** Codes of purposes of use that a request can state; absent: any code. A rule with another one would never hold, and refuse nobody. */
  readonly purposes?: readonly string[] | undefined;
}

type Limit = 'hide' | 'readOnly';

/** `unknown`: the type has no such element; `needed`: resources cannot be understood without it. */
export type ElementProblem = 'unknown' | 'needed';

const mostRules = 500;
const mostEntries = 1_000;
/** A hundred years. */
const mostDays = 36_525;
/** A day: an emergency does not last. */
const mostMinutes = 1_440;
const mostHours = 72;

const limits = ['hide', 'readOnly'] as const;

type Members = Readonly<Record<string, unknown>>;

/**
 * Reads a set of policies.
 * @param text JSON
 * @throws PolicyFaults with all that is wrong
 */
export function readPolicySet(text: string, means: CheckMeans): PolicySet {
  const reading = new Reading(means);
  const set = reading.set(text);
  if (set === undefined || reading.faults.length > 0) throw new PolicyFaults(reading.faults);
  return set;
}

class Reading {
  readonly faults: PolicyFault[] = [];
  readonly #means: CheckMeans;
  /** The purposes that the document assumes for requests without one. */
  #usual: readonly string[] = [];

  constructor(means: CheckMeans) {
    this.#means = means;
  }

  set(text: string): PolicySet | undefined {
    let given: unknown;
    try {
      given = JSON.parse(text);
    } catch (error) {
      this.#fault('not-json', '', { why: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
    const place = 'policies';
    const known = ['others', 'rules', 'consent', 'purposes', 'care', 'breakGlass', 'labels'];
    const members = this.#members(given, place, known, ['others', 'rules']);
    if (members === undefined) return undefined;
    const others = this.#oneOf(members['others'], 'others', ['as-scoped', 'nothing'] as const);
    const consent = this.#oneOf(members['consent'], 'consent', ['enforced'] as const);
    const purposes = members['purposes'] === undefined ? undefined : this.#texts(members['purposes'], 'purposes');
    this.#usual = purposes ?? [];
    const care = members['care'] === undefined ? undefined : this.#care(members['care'], 'care');
    const labels = members['labels'] === undefined ? undefined : this.#labels(members['labels'], 'labels');
    const glass =
      members['breakGlass'] === undefined ? undefined : this.#breakGlass(members['breakGlass'], 'breakGlass');
    const { rules } = members;
    if (!Array.isArray(rules)) {
      this.#fault('not-list', 'rules');
      return undefined;
    }
    if (rules.length > mostRules) this.#fault('too-many', 'rules', { given: rules.length, most: mostRules });
    const seen = new Set<string>();
    const read = rules.slice(0, mostRules).flatMap((rule, n) => this.#rule(rule, `rules[${String(n)}]`, seen) ?? []);
    if (others === undefined) return undefined;
    return {
      ...{ others, rules: read },
      ...(consent && { consent }),
      ...(purposes && { purposes }),
      ...(care && { care }),
      ...(labels && { labels }),
      ...(glass && { breakGlass: glass }),
    };
  }

  #care(given: unknown, place: string): CarePolicy | undefined {
    const members = this.#members(given, place, ['roles', 'except', 'windows'], ['roles']);
    if (members === undefined) return undefined;
    const roles = this.#texts(members['roles'], `${place}.roles`);
    const { except, windows } = members;
    return {
      roles,
      ...(except !== undefined && { except: this.#list(except, `${place}.except`, this.#means.types) }),
      ...(windows !== undefined && { windows: this.#windows(windows, `${place}.windows`) }),
    };
  }

  #breakGlass(given: unknown, place: string): BreakGlassPolicy | undefined {
    const members = this.#members(given, place, ['roles', 'minutes', 'factorHours', 'overrides'], ['roles']);
    if (members === undefined) return undefined;
    const { minutes, factorHours, overrides } = members;
    return {
      roles: this.#texts(members['roles'], `${place}.roles`),
      ...(minutes !== undefined && { minutes: this.#count(minutes, `${place}.minutes`, mostMinutes) }),
      ...(factorHours !== undefined && { factorHours: this.#count(factorHours, `${place}.factorHours`, mostHours) }),
      ...(overrides !== undefined && {
        overrides: this.#list(overrides, `${place}.overrides`, overridable) as BreakGlassPolicy['overrides'] & object,
      }),
    };
  }

  #count(given: unknown, place: string, most: number): number {
    if (typeof given === 'number' && Number.isInteger(given) && given > 0 && given <= most) return given;
    this.#fault('not-count', place, { most });
    return 1;
  }

  #windows(given: unknown, place: string): NonNullable<CarePolicy['windows']> {
    const members = this.#members(given, place, careTypes, []) ?? {};
    const each = Object.entries(members).map(([type, window]) => {
      const parts = this.#members(window, `${place}.${type}`, windowParts, []) ?? {};
      for (const [part, days] of Object.entries(parts)) {
        const isDays = typeof days === 'number' && Number.isInteger(days) && days >= 0 && days <= mostDays;
        if (!isDays) this.#fault('not-days', `${place}.${type}.${part}`, { most: mostDays });
      }
      return [type, parts];
    });
    return Object.fromEntries(each) as NonNullable<CarePolicy['windows']>;
  }

  #labels(given: unknown, place: string): LabelPolicies | undefined {
    const members = this.#members(given, place, ['rules', 'clearances'], ['rules', 'clearances']);
    if (members === undefined) return undefined;
    const seen = new Set<string>();
    return {
      rules: this.#entries(members['rules'], `${place}.rules`).flatMap(
        (rule, n) => this.#labelRule(rule, `${place}.rules[${String(n)}]`, seen) ?? [],
      ),
      // An empty list clears nobody for anything.
      clearances: (Array.isArray(members['clearances']) && members['clearances'].length === 0
        ? []
        : this.#entries(members['clearances'], `${place}.clearances`)
      ).flatMap((clearance, n) => this.#clearance(clearance, `${place}.clearances[${String(n)}]`, seen) ?? []),
    };
  }

  #labelRule(given: unknown, place: string, seen: Set<string>): LabelRule | undefined {
    const members = this.#members(given, place, ['name', 'labels', 'valueSets', 'codes'], ['name', 'labels']);
    if (members === undefined) return undefined;
    const { valueSets, codes } = members;
    if (valueSets === undefined && codes === undefined) this.#fault('missing-member', place, { member: 'valueSets' });
    return {
      name: this.#name(members['name'], place, seen),
      labels: this.#codings(members['labels'], `${place}.labels`),
      ...(valueSets !== undefined && { valueSets: this.#texts(valueSets, `${place}.valueSets`) }),
      ...(codes !== undefined && { codes: this.#codings(codes, `${place}.codes`) }),
    };
  }

  #clearance(given: unknown, place: string, seen: Set<string>): Clearance | undefined {
    const known = ['name', 'who', 'labels', 'purposes', 'stated'];
    const members = this.#members(given, place, known, ['name', 'who', 'labels']);
    if (members === undefined) return undefined;
    const { purposes, stated } = members;
    if (stated !== undefined && stated !== true)
      this.#fault('not-one-of', `${place}.stated`, { given: shownValue(stated), known: 'true' });
    if (stated === true && purposes === undefined) this.#fault('missing-member', place, { member: 'purposes' });
    return {
      name: this.#name(members['name'], place, seen),
      who: this.#who(members['who'], `${place}.who`) ?? {},
      labels: this.#codings(members['labels'], `${place}.labels`),
      ...(purposes !== undefined && { purposes: this.#purposes(purposes, `${place}.purposes`) }),
      ...(stated === true && { stated }),
    };
  }

  #codings(given: unknown, place: string): string[] {
    const texts = this.#texts(given, place);
    texts.forEach((text, n) => {
      if (!/^[^|\s]+\|\S+$/.test(text))
        this.#fault('not-coding', `${place}[${String(n)}]`, { given: text.slice(0, 100) });
    });
    return texts;
  }

  #name(name: unknown, place: string, seen: Set<string>): string {
    if (typeof name !== 'string' || !/^[a-z\d-]{1,64}$/i.test(name)) {
      this.#fault('not-name', `${place}.name`);
      return '';
    }
    if (seen.has(name)) this.#fault('name-twice', `${place}.name`, { given: name });
    seen.add(name);
    return name;
  }

  #rule(given: unknown, place: string, seen: Set<string>): PolicyRule | undefined {
    const isLimit = (given as Members | null)?.['effect'] === 'limit';
    const common = ['name', 'effect', 'who', 'types'];
    const needed = isLimit ? common : [...common, 'interactions'];
    // Of such a rule a set that was read has no interactions.
    const none = isLimit && JSON.stringify((given as Members)['interactions']) === '[]' ? ['interactions'] : [];
    const others = isLimit ? [...limits, ...none] : ['criteria'];
    const members = this.#members(given, place, [...needed, ...others], needed);
    if (members === undefined) return undefined;
    const name = this.#name(members['name'], place, seen);
    const effect = this.#oneOf(members['effect'], `${place}.effect`, ['permit', 'deny', 'limit'] as const);
    const who = this.#who(members['who'], `${place}.who`);
    const types = this.#list(members['types'], `${place}.types`, ['*', ...this.#means.types]);
    if (effect === 'limit') {
      const limited = this.#limits(members, place, types);
      return who === undefined ? undefined : { name, effect, who, types, interactions: [], ...limited };
    }
    const done = this.#list(members['interactions'], `${place}.interactions`, Object.keys(interactions));
    const criteria = this.#criteria(members['criteria'], `${place}.criteria`, types, done as InteractionName[]);
    if (effect === undefined || who === undefined) return undefined;
    return { name, effect, who, types, interactions: done as InteractionName[], ...(criteria && { criteria }) };
  }

  #limits(members: Members, place: string, types: readonly string[]): Pick<PolicyRule, Limit> {
    if (limits.every((limit) => members[limit] === undefined)) this.#fault('limits-nothing', place);
    return Object.fromEntries(
      limits.flatMap((limit) => {
        if (members[limit] === undefined) return [];
        const elements = this.#texts(members[limit], `${place}.${limit}`).map((name) => name.replace(/\[x\]$/, ''));
        for (const [n, element] of elements.entries())
          this.#element(element, limit, types, `${place}.${limit}[${String(n)}]`);
        return [[limit, elements]];
      }),
    );
  }

  /** With all types, some must have it; with named types, each. */
  #element(element: string, limit: Limit, types: readonly string[], place: string): void {
    const isAny = types.includes('*');
    const asked = isAny ? this.#means.types : types.filter((type) => this.#means.types.includes(type));
    const problems = asked.map((type) => ({ type, why: this.#means.problemOfElement?.(type, element, limit) }));
    const needed = problems.find(({ why }) => why === 'needed');
    const unknown = problems.filter(({ why }) => why === 'unknown');
    if (needed !== undefined) this.#fault('element-needed', place, { element, type: needed.type });
    else if (unknown.length > 0 && (!isAny || unknown.length === asked.length))
      this.#fault('element-unknown', place, { element, type: unknown[0]!.type });
  }

  #who(given: unknown, place: string): Who | undefined {
    const members = this.#members(
      given,
      place,
      ['everyone', 'client', 'person', 'authority', 'role', 'organization', 'purpose'],
      [],
    );
    if (members === undefined) return undefined;
    const { everyone, client, person, authority, role, organization, purpose } = members;
    if (Object.keys(members).length === 0 || (everyone !== undefined && everyone !== true))
      this.#fault('nobody', place);
    return {
      ...(everyone === true && { everyone }),
      ...(client !== undefined && { client: this.#texts(client, `${place}.client`) }),
      ...(person !== undefined && { person: this.#texts(person, `${place}.person`) }),
      ...(role !== undefined && { role: this.#texts(role, `${place}.role`) }),
      ...(organization !== undefined && { organization: this.#texts(organization, `${place}.organization`) }),
      ...(purpose !== undefined && { purpose: this.#purposes(purpose, `${place}.purpose`) }),
      ...(authority !== undefined && {
        authority: this.#list(authority, `${place}.authority`, authorities) as Who['authority'] & object,
      }),
    };
  }

  /** The search must be valid for each type of the rule. */
  #criteria(
    given: unknown,
    place: string,
    types: readonly string[],
    done: readonly InteractionName[],
  ): string | undefined {
    if (given === undefined) return undefined;
    if (!isText(given)) {
      this.#fault('not-text', place);
      return undefined;
    }
    for (const type of types.includes('*') ? this.#means.types : types) {
      const why = this.#means.types.includes(type) ? this.#means.problemOf(type, exampleOf(given), done) : undefined;
      if (why === undefined) continue;
      this.#fault('criteria-wrong', place, { type, why });
      break;
    }
    return given;
  }

  #members(given: unknown, place: string, known: readonly string[], needed: readonly string[]): Members | undefined {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      this.#fault('not-object', place);
      return undefined;
    }
    const members = given as Members;
    for (const member of Object.keys(members)) {
      if (!known.includes(member)) this.#fault('unknown-member', place, { member, known: known.join(', ') });
    }
    for (const member of needed) if (members[member] === undefined) this.#fault('missing-member', place, { member });
    return members;
  }

  #list(given: unknown, place: string, known: readonly string[]): string[] {
    return this.#entries(given, place).flatMap((entry, n) => this.#oneOf(entry, `${place}[${String(n)}]`, known) ?? []);
  }

  #purposes(given: unknown, place: string): string[] {
    const known = this.#means.purposes;
    return known === undefined ? this.#texts(given, place) : this.#list(given, place, [...known, ...this.#usual]);
  }

  #texts(given: unknown, place: string): string[] {
    return this.#entries(given, place).flatMap((entry, n) => {
      if (isText(entry)) return entry;
      this.#fault('not-text', `${place}[${String(n)}]`);
      return [];
    });
  }

  #entries(given: unknown, place: string): readonly unknown[] {
    if (given === undefined) return []; // it is reported as missing
    if (!Array.isArray(given) || given.length === 0) {
      this.#fault('not-list', place);
      return [];
    }
    if (given.length > mostEntries) this.#fault('too-many', place, { given: given.length, most: mostEntries });
    return given.slice(0, mostEntries) as unknown[];
  }

  #oneOf<Known extends string>(given: unknown, place: string, known: readonly Known[]): Known | undefined {
    const found = known.find((one) => one === given);
    // Of many types a few are enough as examples.
    const shown = known.length > 10 ? [...known.slice(0, 3), '…'] : known;
    if (found === undefined && given !== undefined)
      this.#fault('not-one-of', place, { given: shownValue(given), known: shown.join(', ') });
    return found;
  }

  #fault(key: PolicyFault['key'], place: string, values: MessageValues = {}): void {
    this.faults.push({ key, place, values });
  }
}

function isText(given: unknown): given is string {
  return typeof given === 'string' && given.length > 0 && given.length <= 2_000;
}

function shownValue(given: unknown): string {
  return (typeof given === 'string' ? given : JSON.stringify(given)).slice(0, 100);
}
