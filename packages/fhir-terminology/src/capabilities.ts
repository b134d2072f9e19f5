import type { TerminologyCapabilities, TerminologyCapabilitiesCodeSystem } from '@dhp/fhir-model';
import type { ConceptSource } from './source/concept-source.ts';
import type { ConceptSystem } from './concepts/concept-system.ts';
import { latest } from './version/version-match.ts';

/** Elements of the TerminologyCapabilities that describe the server. */
export interface ServerDescription {
  readonly url: string;
  readonly version: string;
  readonly name: string;
  readonly title: string;
  readonly date: string;
}

/**
 * Returns the TerminologyCapabilities of a server that answers with this package (`/metadata?mode=terminology`): its operations, and every
 * code system of the source.
 * @param expansionParameters those of `$expand` that the server understands
 * @param hierarchical whether expansions may be trees
 * @example
 * const server = { url: 'urn:server', version: '1', name: 'Server', title: 'A server', date: '2026-01-31' };
 * terminologyCapabilities(server, grammars(), ['url']).resourceType; // 'TerminologyCapabilities'
 */
export function terminologyCapabilities(
  server: ServerDescription & Readonly<Record<string, unknown>>,
  source: ConceptSource,
  expansionParameters: readonly string[],
  hierarchical = true,
): TerminologyCapabilities {
  return {
    resourceType: 'TerminologyCapabilities',
    ...server,
    status: 'active',
    kind: 'instance',
    codeSystem: systemsOf(source),
    codeSearch: 'in-compose-or-expansion',
    expansion: {
      hierarchical,
      paging: true,
      incomplete: false,
      parameter: expansionParameters.map((name) => ({ name })),
      textFilter: 'Each word begins a word of the code or of a name, in any language; case and accents do not matter',
    },
    validateCode: { translations: true },
    translation: { needsMap: false },
    closure: { translation: false },
  };
}

function systemsOf(source: ConceptSource): TerminologyCapabilitiesCodeSystem[] {
  const byUrl = Map.groupBy(source.systems(), ({ header }) => header.url);
  return [...byUrl]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([uri, systems]) => {
      const main = latest(systems, ({ header }) => header.version) ?? systems[0]!;
      return {
        uri,
        ...(systems.some(({ header }) => header.version !== undefined) && {
          version: systems.flatMap((system) => versionOf(system, system === main)),
        }),
        content: main.header.content,
        subsumption: main.header.content === 'complete' && main.size !== undefined,
      };
    });
}

function versionOf({ header }: ConceptSystem, isDefault: boolean): { code: string; isDefault: boolean }[] {
  return header.version === undefined ? [] : [{ code: header.version, isDefault }];
}
