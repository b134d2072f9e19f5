import type { CodeSystemProperty } from '@dhp/fhir-model';
import type { SystemHeader, SystemMetadata } from './concept-system.ts';

/** The namespace of the properties that FHIR defines for all code systems (https://hl7.org/fhir/R5/codesystem.html). */
export const conceptProperties = 'http://hl7.org/fhir/concept-properties#';

/** The header of a code system with this metadata. */
export function systemHeader(metadata: SystemMetadata): SystemHeader {
  return { ...metadata, standard: new StandardProperties(metadata.property) };
}

/**
 * The codes under which a code system gives standard properties. They are needed for each concept, and a system may declare thousands of
 * properties, so each result is cached as long as the header.
 */
export class StandardProperties {
  readonly #declared: readonly CodeSystemProperty[];
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(declared: readonly CodeSystemProperty[]) {
    this.#declared = declared;
  }

  /** Properties that it declares with the standard's uri, and the standard's own code unless it is declared as something else. */
  codesOf(name: string, aliases: readonly string[]): ReadonlySet<string> {
    let codes = this.#known.get(name);
    if (codes === undefined) this.#known.set(name, (codes = this.#read(name, aliases)));
    return codes;
  }

  #read(name: string, aliases: readonly string[]): ReadonlySet<string> {
    const codes = new Set<string>();
    for (const code of [name, ...aliases]) {
      const declared = this.#declared.find((property) => property.code === code);
      if (declared?.uri === undefined || declared.uri === conceptProperties + name) codes.add(code);
    }
    for (const { code, uri } of this.#declared) if (uri === conceptProperties + name) codes.add(code);
    return codes;
  }
}
