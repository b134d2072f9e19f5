import type { CodeSystem, NamingSystem } from '@dhp/fhir-model';

/** Names of one code system; its canonical is the first. */
export type Names = readonly string[];

/**
 * The names that a NamingSystem gives a code system (https://hl7.org/fhir/R5/namingsystem.html), or a CodeSystem itself by its identifiers;
 * OIDs and UUIDs as the urns that a Coding has. Fewer than two if it adds nothing.
 */
export function namesIn(resource: CodeSystem | NamingSystem): Names {
  if (resource.resourceType === 'CodeSystem') {
    const { url, identifier = [] } = resource;
    if (url === undefined || resource.content === 'supplement') return [];
    const urns = identifier.flatMap(({ system, value }) =>
      system === 'urn:ietf:rfc:3986' && value !== undefined && value.startsWith('urn:') ? [value] : [],
    );
    return [...new Set([url, ...urns])];
  }
  if ((resource.kind as string | undefined) !== 'codesystem') return [];
  const all = resource.uniqueId as NamingSystem['uniqueId'] | undefined; // data may lack required elements
  const ids = (all ?? []).filter(({ value }) => (value as string | undefined) !== undefined);
  const rank = ({ type, preferred }: (typeof ids)[number]): number =>
    (type === 'uri' ? 0 : 2) + (preferred === true ? 0 : 1);
  return [...new Set(ids.toSorted((a, b) => rank(a) - rank(b)).map(nameOf))];
}

function nameOf({ type, value }: { type: string; value: string }): string {
  if ((type === 'oid' || type === 'uuid') && !value.startsWith('urn:')) return `urn:${type}:${value}`;
  return value;
}

/** The names of many code systems. */
export class Aliases {
  readonly #byName = new Map<string, Names[]>();
  readonly #joined = new Map<string, Names>();

  add(names: Names): void {
    for (const name of names) {
      const known = this.#byName.get(name) ?? [];
      this.#byName.set(name, known);
      known.push(names);
      this.#joined.delete(name);
    }
  }

  /** All names of the code system with this name, canonicals first; empty if the name is unknown. */
  of(name: string): Names {
    const groups = this.#byName.get(name);
    if (groups === undefined) return nothing;
    let names = this.#joined.get(name);
    if (names === undefined) this.#joined.set(name, (names = [...new Set(groups.flat())]));
    return names;
  }
}

const nothing: Names = [];
