import fhirpath from 'fhirpath';
import model from 'fhirpath/fhir-context/r5';
import type { Definitions, Json } from './definitions.ts';
import { contains, patternOf, Profiles, type Profile, type ProfileElement } from './profile.ts';
import { ValueSets, type Expansion } from './value-sets.ts';

interface Found {
  value: unknown;
  type: string;
}

/** Extensions of HL7's extension pack, which is not at hand; their shape is checked by the table of R5 alone. */
const outsideExtensions = ['translation', 'patient-citizenship'].map(
  (n) => `http://hl7.org/fhir/StructureDefinition/${n}`,
);

/**
 * A light validator for these tests: cardinality, fixed values and patterns, slices (value and type), required bindings, reference targets,
 * extensions, invariants. It walks the snapshot over the resource.
 */
export class ProfileCheck {
  readonly #profiles: Profiles;
  readonly #valueSets: ValueSets;
  readonly #compiled = new Map<string, (data: unknown, env: Json) => unknown>();
  readonly bindings = { inside: 0, outside: new Map<string, number>(), systemOnly: new Set<string>() };
  invariants = 0;
  #faults: string[] = [];
  #root: unknown;
  #withInvariants = false;

  constructor(definitions: Definitions) {
    this.#profiles = new Profiles(definitions);
    this.#valueSets = new ValueSets(definitions);
  }

  /** Faults of a resource against one profile. */
  faults(resource: { resourceType: string }, url: string, o: { invariants: boolean }): string[] {
    const profile = this.#profiles.find(url);
    if (!profile) return [`${url}: no such profile`];
    this.#faults = [];
    this.#root = resource;
    this.#withInvariants = o.invariants;
    const root = profile.elements.get(profile.type)!;
    if (profile.type !== resource.resourceType) this.#faults.push(`${url} is for ${profile.type}`);
    this.#value(profile, root, resource, resource.resourceType, resource.resourceType);
    return this.#faults;
  }

  #children(profile: Profile, id: string, node: Json, path: string): void {
    for (const element of profile.children.get(id) ?? []) {
      const name = element.id.slice(element.id.lastIndexOf('.') + 1);
      const at = `${path}.${name}`;
      const found = this.#find(node, element, name);
      this.#count(found.length, element, at);
      for (const one of found) this.#value(profile, element, one.value, one.type, at);
      for (const slice of profile.slices.get(element.id) ?? []) {
        const inSlice = found.filter((one) => this.#inSlice(profile, element, slice, one));
        this.#count(inSlice.length, slice, `${path}.${slice.id.slice(slice.id.lastIndexOf('.') + 1)}`);
        for (const one of inSlice) this.#value(profile, slice, one.value, one.type, `${at}:${slice.sliceName}`);
      }
    }
  }

  #find(node: Json, element: ProfileElement, name: string): Found[] {
    const types = (element.type ?? []).map(({ code }) => code);
    const members = name.endsWith('[x]')
      ? Object.keys(node)
          .filter((key) => key.startsWith(name.slice(0, -3)))
          .map((key) => ({ key, type: choiceType(key.slice(name.length - 3), types) }))
          .filter(({ type }) => type !== undefined)
      : [{ key: name, type: types[0] ?? '' }];
    return members.flatMap(({ key, type }) => {
      const value = node[key];
      const values = value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
      return values.map((one) => ({ value: one, type: type! }));
    });
  }

  #count(count: number, { min, max }: ProfileElement, at: string): void {
    if (count < min) this.#faults.push(`${at}: ${count}, at least ${min} required`);
    if (max !== '*' && count > Number(max)) this.#faults.push(`${at}: ${count}, at most ${max} allowed`);
  }

  #value(profile: Profile, element: ProfileElement, value: unknown, type: string, at: string): void {
    const pattern = patternOf(element);
    if (pattern && !contains(value, pattern.value)) this.#faults.push(`${at}: is not ${JSON.stringify(pattern.value)}`);
    if (element.binding?.strength === 'required' && element.binding.valueSet)
      this.#bound(element.binding.valueSet, value, at);
    this.#target(element, value, at);
    if (this.#withInvariants) this.#invariants(element, value, at);
    if (typeof value !== 'object' || value === null) return;
    const node = value as Json;
    const start = element.contentReference?.slice(element.contentReference.indexOf('#') + 1) ?? element.id;
    if (profile.children.has(start)) this.#children(profile, start, node, at);
    else if (type === 'Extension') this.#extension(element, node, at);
    else {
      const datatype = this.#profiles.find(type);
      if (datatype) this.#children(datatype, type, node, at);
    }
  }

  #extension(element: ProfileElement, node: Json, at: string): void {
    const url = node.url as string;
    // Parts of a complex extension are checked with the whole.
    if (!url.includes('/') || outsideExtensions.includes(url)) return;
    const profile = this.#profiles.find(url);
    if (profile) this.#children(profile, 'Extension', node, `${at}(${url.slice(url.lastIndexOf('/') + 1)})`);
    else this.#faults.push(`${at}: unknown extension ${url} (${element.id})`);
  }

  #inSlice(profile: Profile, sliced: ProfileElement, slice: ProfileElement, one: Found): boolean {
    return (sliced.slicing?.discriminator ?? []).every(({ type, path }) => {
      if (type === 'type') return (slice.type ?? []).some(({ code }) => code === one.type);
      if (path === 'url' && one.type === 'Extension') {
        return (one.value as Json).url === (slice.type?.[0]?.profile?.[0] ?? this.#fixedUrl(profile, slice));
      }
      return this.#discriminates(profile, slice, path, one.value);
    });
  }

  #fixedUrl(profile: Profile, slice: ProfileElement): unknown {
    const url = profile.elements.get(`${slice.id}.url`);
    return url && patternOf(url)?.value;
  }

  /** The discriminating constraint of the slice may be on the path's element or, as a pattern, on one above it. */
  #discriminates(profile: Profile, slice: ProfileElement, path: string, value: unknown): boolean {
    const whole = patternOf(slice);
    if (whole) return contains(value, whole.value);
    const steps = path.split('.');
    for (const element of profile.elements.values()) {
      if (!element.id.startsWith(`${slice.id}.`)) continue;
      const way = element.id
        .slice(slice.id.length + 1)
        .split('.')
        .map((step) => step.replace(/:.*/, ''));
      if (!way.every((step, index) => step === steps[index])) continue;
      const pattern = patternOf(element);
      const reached = reach(value, way);
      if (pattern) return reached.some((one) => contains(one, pattern.value));
      if (way.length === steps.length && element.binding?.strength === 'required') {
        const codes = this.#valueSets.expand(element.binding.valueSet!);
        return reached.some((one) => codes.whole.size > 0 || hasCode(codes, one as string));
      }
    }
    return false;
  }

  #target(element: ProfileElement, value: unknown, at: string): void {
    const allowed = (element.type ?? []).flatMap(({ targetProfile }) => targetProfile ?? []);
    const node = value as Json | null;
    const inner = node?.reference;
    const text = typeof inner === 'string' ? inner : (inner as Json | undefined)?.reference;
    if (allowed.length === 0 || typeof text !== 'string') return;
    const types = allowed.map((url) => this.#profiles.typeOf(url));
    const type = text.slice(0, text.indexOf('/'));
    if (!types.includes(type) && !types.includes('Resource')) this.#faults.push(`${at}: may not refer to ${type}`);
  }

  #bound(valueSet: string, value: unknown, at: string): void {
    let expansion: Expansion;
    try {
      expansion = this.#valueSets.expand(valueSet);
    } catch {
      this.bindings.outside.set(valueSet, (this.bindings.outside.get(valueSet) ?? 0) + 1);
      return;
    }
    const codings = typeof value === 'string' ? [{ code: value }] : codingsOf(value as Json);
    // A concept of text alone breaks a required binding; a CodeableReference may do without a concept.
    if (codings.length === 0 && (value as Json).reference !== undefined) return;
    const fits = codings.some(({ system, code }) => {
      if (system === undefined) return hasCode(expansion, code) || expansion.whole.size > 0;
      if (expansion.codes.has(`${system}|${code}`)) return true;
      if (expansion.whole.has(system)) this.bindings.systemOnly.add(`${system}|${code}`);
      return expansion.whole.has(system);
    });
    this.bindings.inside++;
    if (!fits) this.#faults.push(`${at}: ${JSON.stringify(codings)} is not in ${valueSet}`);
  }

  #invariants(element: ProfileElement, value: unknown, at: string): void {
    for (const { key, severity, expression } of element.constraint ?? []) {
      // ele-1 and ext-1 are on every element, and the table of R5 has checked the same; resolve() needs a server.
      if (severity !== 'error' || !expression || key === 'ele-1' || key === 'ext-1') continue;
      if (expression.includes('resolve()')) continue;
      const id = `${element.path}\n${expression}`;
      let compiled = this.#compiled.get(id);
      if (!compiled) {
        compiled = fhirpath.compile({ base: element.path, expression }, model, { traceFn: () => undefined }) as (
          data: unknown,
          env: Json,
        ) => unknown;
        this.#compiled.set(id, compiled);
      }
      this.invariants++;
      const result = compiled(value, { resource: this.#root, rootResource: this.#root }) as unknown[];
      if (result[0] === false) this.#faults.push(`${at}: breaks ${key}: ${expression}`);
    }
  }
}

function choiceType(suffix: string, types: string[]): string | undefined {
  return types.find((type) => type.charAt(0).toUpperCase() + type.slice(1) === suffix);
}

function hasCode(expansion: Expansion, code: string): boolean {
  for (const key of expansion.codes.keys()) if (key.endsWith(`|${code}`)) return true;
  return false;
}

function codingsOf(value: Json): { system?: string; code: string }[] {
  const concept = (value.concept as Json | undefined) ?? value;
  if (Array.isArray(concept.coding)) return concept.coding as { system?: string; code: string }[];
  return typeof concept.code === 'string' ? [concept as { system?: string; code: string }] : [];
}

function reach(value: unknown, way: string[]): unknown[] {
  let reached: unknown[] = [value];
  for (const step of way) {
    reached = reached.flatMap((one) => {
      const next = (one as Json | undefined)?.[step];
      return next === undefined ? [] : Array.isArray(next) ? (next as unknown[]) : [next];
    });
  }
  return reached;
}
