import type { TerminologyCapabilities } from '@dhp/fhir-model';

/** The parameters that `$expand` understands. */
const expansionParameters = [
  'activeOnly',
  'check-system-version',
  'check-valueset-version',
  'count',
  'default-valueset-version',
  'designation',
  'displayLanguage',
  'exclude-system',
  'excludeNested',
  'excludeNotForUI',
  'excludePostCoordinated',
  'filter',
  'force-system-version',
  'force-valueset-version',
  'includeDefinition',
  'includeDesignations',
  'offset',
  'property',
  'system-version',
  'tx-resource',
  'url',
  'useSupplement',
  'valueSet',
  'valueSetVersion',
  'versionsMatch',
];

/** What a server that answers with this package says of itself (`/metadata?mode=terminology`). */
export function terminologyCapabilities(server: {
  readonly url: string;
  readonly version: string;
  readonly name: string;
  readonly title: string;
  readonly date: string;
}): TerminologyCapabilities {
  return {
    resourceType: 'TerminologyCapabilities',
    ...server,
    status: 'active',
    kind: 'instance',
    codeSearch: 'in-compose-or-expansion',
    expansion: {
      hierarchical: true,
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
