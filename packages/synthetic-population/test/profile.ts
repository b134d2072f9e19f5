import type { Definitions, Json } from './definitions.ts';

/** The parts of an ElementDefinition that the check reads. https://hl7.org/fhir/R5/elementdefinition.html */
export interface ProfileElement extends Json {
  id: string;
  path: string;
  min: number;
  max: string;
  sliceName?: string;
  slicing?: { discriminator?: { type: string; path: string }[]; rules: string };
  type?: { code: string; profile?: string[]; targetProfile?: string[] }[];
  contentReference?: string;
  binding?: { strength: string; valueSet?: string };
  constraint?: { key: string; severity: string; expression?: string }[];
}

/** A snapshot as a tree: children by parent id, slices by the id of the sliced element. */
export interface Profile {
  readonly type: string;
  readonly children: ReadonlyMap<string, ProfileElement[]>;
  readonly slices: ReadonlyMap<string, ProfileElement[]>;
  readonly elements: ReadonlyMap<string, ProfileElement>;
}

export class Profiles {
  readonly #definitions: Definitions;
  readonly #profiles = new Map<string, Profile | undefined>();

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  /** @param url canonical of a profile, or the name of a type */
  find(url: string): Profile | undefined {
    if (!this.#profiles.has(url)) {
      const canonical = url.includes('/') ? url : `http://hl7.org/fhir/StructureDefinition/${url}`;
      const definition = this.#definitions.find('StructureDefinition', canonical);
      this.#profiles.set(url, definition && profileOf(definition));
    }
    return this.#profiles.get(url);
  }

  /** The resource type that a profile constrains. */
  typeOf(url: string): string | undefined {
    return this.find(url)?.type;
  }
}

function profileOf(definition: Json): Profile {
  const children = new Map<string, ProfileElement[]>();
  const slices = new Map<string, ProfileElement[]>();
  const elements = new Map<string, ProfileElement>();
  const add = (map: Map<string, ProfileElement[]>, key: string, element: ProfileElement): void => {
    const list = map.get(key);
    if (list) list.push(element);
    else map.set(key, [element]);
  };
  for (const element of (definition.snapshot as { element: ProfileElement[] }).element) {
    elements.set(element.id, element);
    const last = element.id.slice(element.id.lastIndexOf('.') + 1);
    if (last.includes(':')) add(slices, element.id.slice(0, element.id.lastIndexOf(':')), element);
    else if (element.id.includes('.')) add(children, element.id.slice(0, element.id.lastIndexOf('.')), element);
  }
  return { type: definition.type as string, children, slices, elements };
}

/** The value that an element must have (`fixed`) or contain (`pattern`). */
export function patternOf(element: ProfileElement): { value: unknown } | undefined {
  const key = Object.keys(element).find((name) => /^(fixed|pattern)[A-Z]/.test(name));
  return key === undefined ? undefined : { value: element[key] };
}

/** Whether a value contains a pattern: objects member by member, arrays in any order. */
export function contains(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((wanted) => value.some((one) => contains(one, wanted)));
  }
  if (typeof pattern === 'object' && pattern !== null) {
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(pattern).every(([key, wanted]) => contains((value as Json)[key], wanted));
  }
  return value === pattern;
}
