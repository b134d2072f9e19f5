/**
 * A FHIR server as a sequential program: resources with their versions, and the answer to each request by the words of the specification and of
 * docs/rest-api.md. It knows nothing of how the server does it. https://hl7.org/fhir/R5/http.html
 */
import { isDeepStrictEqual } from 'node:util';
import { identifierOf, type Ask, type Json, type PatchStep, type Return } from './asks.ts';

interface Version {
  /** Undefined: it is a deletion. */
  readonly content: Json | undefined;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Whether there was nothing before, or a deletion. */
  readonly isNew: boolean;
}

/** An answer, but for times. */
export interface Expected {
  readonly status: number;
  /** `Type/id` and the number of the version that it is about. */
  readonly about?: { readonly name: string; readonly version: number };
  readonly location?: 'location' | 'content-location' | 'both';
  readonly body: 'resource' | 'outcome' | 'none';
  /** `Type/id` with versions, of a search. */
  readonly found?: readonly string[];
}

/** The id of a resource that an answer says it has made. */
export type NewId = () => string | undefined;

export class Model {
  /** By `Type/id`. The lists are never changed in place. */
  readonly resources: Map<string, readonly Version[]>;
  readonly requiresIfMatch: boolean;

  constructor(requiresIfMatch: boolean, resources: ReadonlyMap<string, readonly Version[]> = new Map()) {
    this.requiresIfMatch = requiresIfMatch;
    this.resources = new Map(resources);
  }

  clone(): Model {
    return new Model(this.requiresIfMatch, this.resources);
  }

  versions(name: string): readonly Version[] {
    return this.resources.get(name) ?? [];
  }

  /** The content that is current. */
  current(name: string): Json | undefined {
    return this.versions(name).at(-1)?.content;
  }

  /** Names of what is there with an identifier. */
  matches(type: string, value: string): string[] {
    return [...this.resources.keys()].filter((name) => {
      if (!name.startsWith(`${type}/`)) return false;
      const identifiers = (this.current(name)?.['identifier'] ?? []) as readonly Json[];
      return identifiers.some((one) => isDeepStrictEqual(one, identifierOf(value)));
    });
  }

  /** Carries a request out, and returns its answer. */
  answer(ask: Ask, newId: NewId): Expected {
    switch (ask.verb) {
      case 'create':
        return this.#create(ask, newId);
      case 'update':
        return this.#update(ask, newId);
      case 'patch':
        return this.#patch(ask);
      case 'delete':
        return this.#delete(ask);
      case 'read':
      case 'vread':
        return ask.isHead === true ? { ...this.#read(ask), body: 'none' } : this.#read(ask);
      case 'search':
        return {
          ...{ status: 200, body: 'none' },
          found: this.matches(ask.type, ask.criteria!).map((name) => `${name}/${this.versions(name).length}`),
        };
    }
  }

  #create(ask: Ask, newId: NewId): Expected {
    const { type, criteria, content, prefer } = ask;
    const [match, ...others] = criteria === undefined ? [] : this.matches(type, criteria);
    if (others.length > 0) return refusal(412);
    if (match !== undefined) return { ...this.#told(match, 200, prefer), location: 'both' };
    const id = newId();
    const name = `${type}/${String(id)}`;
    // An id that the server makes is one that nobody has had.
    if (id === undefined || this.resources.has(name)) return refusal(-1);
    this.#write(name, content, 'POST');
    return { ...this.#told(name, 201, prefer), location: 'location' };
  }

  #update(ask: Ask, newId: NewId): Expected {
    const { type, id, criteria, bodyId, content, ifMatch, ifNoneMatch, prefer } = ask;
    if (ifNoneMatch !== undefined && ifMatch !== undefined) return refusal(400);
    if (criteria === undefined) {
      const name = `${type}/${id!}`;
      const isThere = this.current(name) !== undefined;
      if (ifMatch !== undefined && !this.#meets(name, ifMatch)) return refusal(412);
      if (isThere && ifNoneMatch !== undefined) return refusal(412);
      if (isThere && ifMatch === undefined && this.requiresIfMatch) return refusal(412);
      return this.#put(name, content!, 'PUT', prefer);
    }
    const [match, ...others] = this.matches(type, criteria);
    if (others.length > 0) return refusal(412);
    if (match === undefined) {
      if (ifMatch !== undefined) return refusal(412);
      const made = bodyId ?? newId();
      if (made === undefined) return refusal(-1);
      const name = `${type}/${made}`;
      if (bodyId === undefined && this.resources.has(name)) return refusal(-1);
      if (this.current(name) !== undefined) return refusal(409);
      return this.#put(name, content!, 'PUT', prefer);
    }
    if (bodyId !== undefined && `${type}/${bodyId}` !== match) return refusal(400);
    if (ifNoneMatch !== undefined || (ifMatch !== undefined && !this.#meets(match, ifMatch))) return refusal(412);
    return this.#put(match, content!, 'PUT', prefer);
  }

  #patch(ask: Ask): Expected {
    const { type, id, criteria, patch, ifMatch, prefer } = ask;
    const found = criteria === undefined ? [`${type}/${id!}`] : this.matches(type, criteria);
    if (found.length > 1) return refusal(412);
    const [name] = found;
    if (name === undefined) return refusal(404);
    const before = this.current(name);
    if (before === undefined) return refusal(this.resources.has(name) ? 410 : 404);
    if (ifMatch !== undefined && !this.#meets(name, ifMatch)) return refusal(412);
    const after = patched(before, patch!, ask.isFhirPath === true);
    return after === undefined ? refusal(422) : this.#put(name, after, 'PATCH', prefer);
  }

  #delete(ask: Ask): Expected {
    const { type, id, criteria, ifMatch, prefer, count } = ask;
    const status = prefer === 'minimal' ? 204 : 200;
    const body = prefer === 'minimal' ? 'none' : 'outcome';
    if (criteria !== undefined) {
      const found = this.matches(type, criteria);
      if (found.length > (count ?? 1)) return refusal(412);
      if (ifMatch !== undefined && (found.length === 0 || !found.every((name) => this.#meets(name, ifMatch))))
        return refusal(412);
      for (const name of found) this.#write(name, undefined, 'DELETE');
      const [only] = found;
      return { status, body, ...(count === undefined && only !== undefined && { about: this.#about(only) }) };
    }
    const name = `${type}/${id!}`;
    // Whoever names a version and deletes what is deleted has what was asked for (RFC 9110 section 13.1.1).
    const isRepeated = this.resources.has(name) && this.current(name) === undefined && ifMatch !== '*';
    if (ifMatch !== undefined && !isRepeated && !this.#meets(name, ifMatch)) return refusal(412);
    if (!this.resources.has(name)) return { status: 200, body: 'outcome' };
    if (this.current(name) !== undefined) this.#write(name, undefined, 'DELETE');
    return { status, body, about: this.#about(name) };
  }

  #read(ask: Ask): Expected {
    const { type, id, verb, ifNoneMatch } = ask;
    const name = `${type}/${id!}`;
    const number = verb === 'vread' ? ask.version! : this.versions(name).length;
    const version = this.versions(name)[number - 1];
    if (version === undefined) return refusal(404);
    const about = { name, version: number };
    if (version.content === undefined) return { ...refusal(410), about };
    const tags = ifNoneMatch?.split(',').map((tag) => tag.trim());
    if (tags?.some((tag) => tag === '*' || tag === `W/"${number}"`) === true)
      return { status: 304, about, body: 'none' };
    return { status: 200, about, body: 'resource' };
  }

  /** Whether an If-Match names the current version; what is deleted has none. RFC 9110 section 13.1.1 */
  #meets(name: string, ifMatch: string): boolean {
    if (this.current(name) === undefined) return false;
    return ifMatch === '*' || ifMatch.split(',').some((tag) => tag.trim() === `W/"${this.versions(name).length}"`);
  }

  #put(name: string, content: Json, method: 'PUT' | 'PATCH', prefer: Return | undefined): Expected {
    const before = this.current(name);
    const isNew = before === undefined;
    if (isNew || !isDeepStrictEqual(before, content)) this.#write(name, content, method);
    return { ...this.#told(name, isNew ? 201 : 200, prefer), location: isNew ? 'location' : 'content-location' };
  }

  #write(name: string, content: Json | undefined, method: Version['method']): void {
    const isNew = this.current(name) === undefined && content !== undefined;
    this.resources.set(name, [...this.versions(name), { content, method, isNew }]);
  }

  #about(name: string): NonNullable<Expected['about']> {
    return { name, version: this.versions(name).length };
  }

  #told(name: string, status: number, prefer: Return = 'representation'): Expected {
    const bodies = { representation: 'resource', minimal: 'none', OperationOutcome: 'outcome' } as const;
    return { status, about: this.#about(name), body: bodies[prefer] };
  }
}

function refusal(status: number): Expected {
  return { status, body: 'outcome' };
}

/** Undefined if the patch fails. RFC 6902, https://hl7.org/fhir/R5/fhirpatch.html */
function patched(before: Json, steps: readonly PatchStep[], isFhirPath: boolean): Json | undefined {
  let after: Readonly<Record<string, unknown>> = before;
  for (const { op, name, value } of steps) {
    const has = Object.hasOwn(after, name);
    const { [name]: old, ...others } = after;
    if (name === 'identifier') {
      // JSON Patch needs the list, FHIRPath Patch makes it.
      if (!has && !isFhirPath) return undefined;
      after = { ...after, [name]: [...((old ?? []) as Json[]), identifierOf(value!)] };
    } else if (op === 'test') {
      if (old !== value) return undefined;
    } else if (op === 'remove') {
      // A FHIRPath Patch that deletes nothing is no error.
      if (!has && !isFhirPath) return undefined;
      after = others;
    } else {
      if (op === 'replace' && !has) return undefined;
      after = { ...after, [name]: value };
    }
  }
  return after;
}
