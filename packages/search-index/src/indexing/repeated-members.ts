/**
 * Cache of index values by members of resources. Most resources of a type share their status, code, category and performer with many others, and their
 * index values depend on these alone: they are cached with the member, and added to the rows of the next resource with an equal one. So a search
 * parameter is only evaluated for new values. docs/decisions/0191-index-values-of-what-comes-again.md
 */
import type { JsonResource } from '@dhp/fhir-search';
import { anyReference, referenceText } from '../keys/keys.ts';
import type { FoundRows, ReferringRows, Target } from '../row/found-rows.ts';
import type { PlannedParameter } from '../types/planned-parameter.ts';
import type { Reading } from '../types/simple-values.ts';
import { commonRows, onlyReference, twoIds, twoTargets, wrapped } from './repeated-references.ts';
import { isSameJson, isSmallJson, nameOfJson } from './same-json.ts';

/** Rows that one parameter has of a member, and the units of work that they took. */
export interface Repeated {
  readonly rows: FoundRows;
  readonly work: number;
}

/** Finds the index values of a resource that has only one member. */
export interface Finding {
  /** Undefined if it has to be found again each time. */
  readonly rowsOf: (plan: PlannedParameter, part: JsonResource) => Repeated | undefined;
  readonly labelsOf: (part: JsonResource) => FoundRows | undefined;
  readonly referencesOf: (part: JsonResource) => readonly bigint[];
}

/** The state of a parameter for a resource: nothing to do, add cached rows, evaluate, or read the values of a member. */
const nothing = 0;
export const repeated = 1;
export const evaluated = 2;
export const read = 3;
/** The state: add the cached rows for references to the type of a target. */
export const referring = 4;

interface Known {
  readonly value: unknown;
  /** In the order of the member's places. */
  readonly found: readonly (Repeated | undefined)[];
  /** Of `meta`. */
  readonly labels: FoundRows | undefined;
  /** Keys of the references in it, independent of the element that holds them. */
  readonly references: readonly bigint[];
}

/** For a member that is only a reference to a type; in the order of the member's places. */
type KnownReference = readonly (ReferringRows | undefined)[];

/** The remaining work for a resource. */
export interface ToDo {
  /** For each parameter of the type, by its place. All these lists are those of the latest resource of the type. */
  readonly states: Uint8Array;
  /** Set if the state is `repeated`. */
  readonly found: readonly (Repeated | undefined)[];
  /** Set if the state is `referring`: the rows, and the targets. */
  readonly referringTo: readonly (ReferringRows | undefined)[];
  readonly targets: readonly (Target | undefined)[];
  /** Set if the state is `read`: the value or list of values, and their type. */
  readonly values: readonly unknown[];
  readonly types: readonly string[];
  /** Undefined if they are to be found in the resource. */
  readonly labels: FoundRows | undefined;
  /** The keys of references in a member, or the name of a member that must be searched for references; in the order of the members. */
  readonly references: readonly (string | readonly bigint[])[];
}

/** A member of resources of the type, with the parameters that look at it. */
interface Member {
  readonly name: string;
  /** Places of the parameters among those of the type. */
  readonly places: readonly number[];
  /** For each of these the type of the values, if the parameter reads nothing else. */
  readonly types: readonly (string | undefined)[];
  readonly known: Map<string, Known[]>;
  /** By the form of the reference and the type of its target. */
  readonly knownReferences: Map<string, KnownReference>;
  /** Names of values that came once. */
  readonly seen: Set<string>;
  /** The number of new values minus that of known ones; a member whose values all differ is not cached for a while. */
  strange: number;
  rests: number;
}

/** The most cached values with the same name, remembered names, and cached values of all members of a type. */
const mostAlike = 8;
const mostSeen = 500;
const mostKept = 1_500;
/** So many more new values than known ones let a member rest, for this many resources. */
const mostStrange = 200;
const rest = 2_000;

/** The parameters of one type, and the cached values of its members. */
class RepeatedOfType {
  readonly #plans: readonly PlannedParameter[];
  readonly #first: Uint8Array;
  /** Places of parameters that need several members of a resource, with these. */
  readonly #needy: readonly { readonly place: number; readonly needs: readonly (readonly string[])[] }[];
  readonly #members = new Map<string, Member>();
  /** Places of the parameters that look at the members beside primitives, which have extensions. */
  readonly #siblings = new Map<string, readonly number[]>();
  /** The number of cached values. */
  kept = 0;
  readonly #states: Uint8Array;
  readonly #found: (Repeated | undefined)[];
  readonly #referringTo: (ReferringRows | undefined)[];
  readonly #targets: (Target | undefined)[];
  readonly #values: unknown[];
  readonly #types: string[];

  constructor(plans: readonly PlannedParameter[]) {
    this.#plans = plans;
    const places = new Map<string, number[]>();
    this.#needy = plans.flatMap(({ extractor: { needs } }, place) => (needs === undefined ? [] : [{ place, needs }]));
    this.#first = Uint8Array.from(plans, ({ extractor: { begins, needs } }) =>
      begins === undefined && needs === undefined ? evaluated : nothing,
    );
    for (const [place, { extractor }] of plans.entries()) {
      for (const name of extractor.begins?.keys() ?? []) {
        const at = places.get(name);
        if (at === undefined) places.set(name, [place]);
        else at.push(place);
      }
    }
    for (const [name, at] of places) {
      if (name.startsWith('_')) this.#siblings.set(name, at);
      else this.#members.set(name, memberOf(name, at, plans));
    }
    this.#states = Uint8Array.from(this.#first);
    this.#found = plans.map(() => undefined);
    this.#referringTo = plans.map(() => undefined);
    this.#targets = plans.map(() => undefined);
    this.#values = plans.map(() => undefined);
    this.#types = plans.map(() => '');
  }

  /** Returns the work for a resource. */
  look(resource: JsonResource, finding: Finding): ToDo {
    this.#states.set(this.#first);
    let labels: FoundRows | undefined;
    const references: (string | readonly bigint[])[] = [];
    for (const name in resource) {
      const value = resource[name];
      const member = this.#members.get(name);
      if (member === undefined) {
        for (const place of this.#siblings.get(name) ?? none) this.#states[place] = evaluated;
        if (typeof value === 'object') references.push(name);
        continue;
      }
      const reference = onlyReference(value);
      if (reference !== undefined) {
        this.#refer(member, reference, resource.resourceType, finding);
        references.push([anyReference ^ reference.target.hash]);
        continue;
      }
      const known = this.#knownOf(member, value, resource.resourceType, finding);
      if (known === undefined) {
        this.#read(member, value);
        if (typeof value === 'object') references.push(name);
      } else {
        this.#take(member, known);
        labels ??= known.labels;
        if (known.references.length > 0) references.push(known.references);
      }
    }
    for (const { place, needs } of this.#needy) {
      if (needs.every((members) => hasOneOf(resource, members))) this.#states[place] = evaluated;
    }
    return {
      ...{ states: this.#states, found: this.#found, referringTo: this.#referringTo, targets: this.#targets },
      ...{ values: this.#values, types: this.#types, labels, references },
    };
  }

  forget(): void {
    this.kept = 0;
    for (const member of this.#members.values()) {
      member.known.clear();
      member.seen.clear();
    }
  }

  /** Undefined for a value that is new. */
  #knownOf(member: Member, value: unknown, resourceType: string, finding: Finding): Known | undefined {
    if (member.rests > 0) {
      member.rests -= 1;
      return undefined;
    }
    const name = nameOfJson(value);
    if (name === undefined) return undefined;
    const alike = member.known.get(name);
    if (alike === undefined && !member.seen.has(name)) {
      if (member.seen.size >= mostSeen) member.seen.clear();
      member.seen.add(name);
      noteStrange(member);
      return undefined;
    }
    if (alike !== undefined) {
      for (const one of alike) {
        if (!isSameJson(one.value, value)) continue;
        if (member.strange > 0) member.strange -= 1;
        return one;
      }
    }
    if ((alike?.length ?? 0) >= mostAlike || !isSmallJson(value)) {
      noteStrange(member);
      return undefined;
    }
    const known = this.#made(member, { resourceType, [member.name]: value }, finding);
    if (alike === undefined) member.known.set(name, [known]);
    else alike.push(known);
    this.kept += 1;
    return known;
  }

  #made({ name, places }: Member, part: JsonResource, { rowsOf, labelsOf, referencesOf }: Finding): Known {
    return {
      // A copy, since the owner of the resource may change it later.
      value: structuredClone(part[name]),
      found: places.map((place) => rowsOf(this.#plans[place]!, part)),
      labels: name === 'meta' ? labelsOf(part) : undefined,
      references: referencesOf(part),
    };
  }

  #refer(
    member: Member,
    { target, form }: NonNullable<ReturnType<typeof onlyReference>>,
    resourceType: string,
    { rowsOf }: Finding,
  ): void {
    const name = `${form} ${target.type}`;
    const { places } = member;
    let known = member.knownReferences.get(name);
    if (known === undefined) {
      const parts = twoIds.map((id) => ({
        resourceType,
        [member.name]: wrapped(form, referenceText(target.type, id)),
      }));
      const targets = twoTargets(target.type);
      known = places.map((place) => {
        const [one, other] = parts.map((part) => rowsOf(this.#plans[place]!, part));
        if (one === undefined || other === undefined) return undefined;
        const examples = [
          { target: targets[0], rows: one.rows },
          { target: targets[1], rows: other.rows },
        ] as const;
        return commonRows(examples, one.work);
      });
      // Forms are few, and types of resources a hundred and fifty.
      member.knownReferences.set(name, known);
    }
    for (let n = 0; n < places.length; n += 1) {
      const place = places[n]!;
      const rows = known[n];
      if (rows === undefined || this.#states[place] !== nothing) this.#states[place] = evaluated;
      else {
        this.#states[place] = referring;
        this.#referringTo[place] = rows;
        this.#targets[place] = target;
      }
    }
  }

  #read({ places, types }: Member, value: unknown): void {
    for (let n = 0; n < places.length; n += 1) {
      const place = places[n]!;
      const type = types[n];
      if (type === undefined || this.#states[place] !== nothing) this.#states[place] = evaluated;
      else {
        this.#states[place] = read;
        this.#values[place] = value;
        this.#types[place] = type;
      }
    }
  }

  #take({ places }: Member, { found }: Known): void {
    for (let n = 0; n < places.length; n += 1) {
      const place = places[n]!;
      const rows = found[n];
      // With two members at once the order of their values depends on the parameter.
      if (rows === undefined || this.#states[place] !== nothing) this.#states[place] = evaluated;
      else {
        this.#states[place] = repeated;
        this.#found[place] = rows;
      }
    }
  }
}

const none: readonly number[] = [];

function memberOf(name: string, places: readonly number[], plans: readonly PlannedParameter[]): Member {
  const types = places.map((place) => {
    const { begins, type: kind } = plans[place]!.extractor;
    const type = begins?.get(name);
    // A code depends on its place, and a part of a composite on more.
    return type === 'code' || kind === undefined ? undefined : type;
  });
  const kept = { known: new Map<string, Known[]>(), knownReferences: new Map<string, KnownReference>() };
  return { name, places, types, ...kept, seen: new Set(), strange: 0, rests: 0 };
}

/** Stops caching a member for a while if nearly all of its values are new. */
function noteStrange(member: Member): void {
  member.strange += 1;
  if (member.strange <= mostStrange) return;
  member.strange = 0;
  member.rests = rest;
}

function hasOneOf(resource: JsonResource, members: readonly string[]): boolean {
  for (const name of members) if (resource[name] !== undefined) return true;
  return false;
}

/** Cached values for one context, on which they also depend. */
interface OfReading extends Reading {
  readonly types: Map<string, RepeatedOfType>;
}

/** Processes have one context; tests have several. */
const mostReadings = 4;
const readings: OfReading[] = [];

function isOf(one: Reading, { timeZone, ownBases }: Reading): boolean {
  if (one.timeZone !== timeZone || one.ownBases.length !== ownBases.length) return false;
  for (let n = 0; n < ownBases.length; n += 1) if (one.ownBases[n] !== ownBases[n]) return false;
  return true;
}

function ofReading(reading: Reading): OfReading {
  for (const one of readings) if (isOf(one, reading)) return one;
  const { timeZone, ownBases } = reading;
  const made = { timeZone, ownBases: [...ownBases], types: new Map<string, RepeatedOfType>() };
  if (readings.length >= mostReadings) readings.shift();
  readings.push(made);
  return made;
}

/**
 * Returns the work for a resource: the published parameters of its type that must be evaluated, and the cached values of the others.
 * @param plans of the type, which are always the same
 */
export function toDoFor(
  resource: JsonResource,
  plans: readonly PlannedParameter[],
  reading: Reading,
  finding: Finding,
): ToDo {
  const { types } = ofReading(reading);
  let of = types.get(resource.resourceType);
  // Only known types have plans: a resource cannot fill the map.
  if (of === undefined) types.set(resource.resourceType, (of = new RepeatedOfType(plans)));
  if (of.kept > mostKept) of.forget();
  return of.look(resource, finding);
}
