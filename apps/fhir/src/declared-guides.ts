/** The part of the CapabilityStatement that declares the stored guides. https://hl7.org/fhir/R5/capabilitystatement-definitions.html */
import type { DefinitionsNow } from '@dhp/fhir-store';

export interface DeclaredGuides {
  /** `url|version` of each guide that is not retired, in their order as text. */
  readonly implementationGuide: readonly string[];
  /** Profiles of these guides on whole resources, by type. */
  readonly supportedProfiles: ReadonlyMap<string, readonly string[]>;
}

/**
 * The guides, and the profiles below the base of their canonicals: profiles stored beside them are checked if a resource claims them, but
 * not declared.
 */
export function declaredGuides(definitions: DefinitionsNow): DeclaredGuides {
  const guides = definitions.all('ImplementationGuide').filter((each) => each.resource()['status'] !== 'retired');
  const bases = guides.flatMap(({ url }) => /^(.+\/)ImplementationGuide\/[^/]+$/.exec(url)?.[1] ?? []);
  const profiles = new Map<string, Set<string>>();
  for (const definition of definitions.all('StructureDefinition')) {
    const { url } = definition;
    if (!bases.some((base) => url.startsWith(base))) continue;
    const { type, kind, derivation, abstract, status } = definition.resource();
    const isProfile = kind === 'resource' && derivation === 'constraint' && abstract !== true && status !== 'retired';
    if (isProfile && typeof type === 'string') profiles.set(type, (profiles.get(type) ?? new Set()).add(url));
  }
  return {
    implementationGuide: unique(guides.map(({ url, version }) => (version === undefined ? url : `${url}|${version}`))),
    supportedProfiles: new Map([...profiles].map(([type, urls]) => [type, unique(urls)])),
  };
}

function unique(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort();
}
