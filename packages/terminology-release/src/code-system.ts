import type {
  CodeSystem,
  CodeSystemConcept,
  CodeSystemConceptDesignation,
  CodeSystemConceptProperty,
} from '@dhp/fhir-model';

/** A CodeSystem made from a release. */
export interface ImportedSystem {
  readonly resource: CodeSystem & { readonly id: string };
  readonly concepts: number;
  /** Sentences about content of the release that was left out. */
  readonly notes: readonly string[];
}

/** A concept on its way into the tree. */
export interface DraftConcept {
  readonly code: string;
  readonly display: string | undefined;
  readonly definition?: string | undefined;
  readonly designation?: readonly CodeSystemConceptDesignation[];
  readonly property?: readonly CodeSystemConceptProperty[];
  /** Codes right above it. The first makes its place in the tree, the others become `parent` properties. */
  readonly parents: readonly string[];
}

type Head = Omit<CodeSystem, 'resourceType' | 'id' | 'status' | 'content' | 'count' | 'concept'> & {
  readonly version: string;
};

const standard = 'http://hl7.org/fhir/concept-properties#';

/** Properties that FHIR defines. https://hl7.org/fhir/R5/codesystem-concept-properties.html */
export const properties = {
  parent: { code: 'parent', uri: `${standard}parent`, type: 'code' },
  inactive: { code: 'inactive', uri: `${standard}inactive`, type: 'boolean' },
  notSelectable: { code: 'notSelectable', uri: `${standard}notSelectable`, type: 'boolean' },
} as const;

/**
 * The whole CodeSystem. The same release gives the same resource, byte by byte: nothing in it depends on the time or place of reading.
 * Concepts are below the first of their parents, so that a search index, which only reads the top level, stays small.
 */
export function codeSystemOf(
  stem: string,
  head: Head,
  drafts: readonly DraftConcept[],
  notes: readonly string[],
): ImportedSystem {
  const id = `${stem}-${head.version}`
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .slice(-64)
    .replace(/^-+/, '');
  const resource: ImportedSystem['resource'] = {
    resourceType: 'CodeSystem',
    id,
    ...head,
    status: 'active',
    content: 'complete',
    count: drafts.length,
    concept: treeOf(drafts),
  };
  return { resource, concepts: drafts.length, notes };
}

function treeOf(drafts: readonly DraftConcept[]): CodeSystemConcept[] {
  const placed = new Map<string, CodeSystemConcept>();
  for (const draft of drafts) placed.set(draft.code, conceptOf(draft));
  const isPlaced = (parent: string): boolean => placed.has(parent);
  const above = new Map(drafts.map(({ code, parents }) => [code, parents.find(isPlaced)]));
  const roots: CodeSystemConcept[] = [];
  for (const { code, parents } of drafts) {
    const concept = placed.get(code)!;
    const [first, ...others] = parents.filter(isPlaced);
    if (first === undefined || isBelowItself(code, above)) roots.push(concept);
    else (placed.get(first)!.concept ??= []).push(concept);
    for (const parent of others) (concept.property ??= []).push({ code: 'parent', valueCode: parent });
  }
  return roots;
}

/** Whether the path of first parents returns to the concept: faulty data, which must not make the whole branch vanish. */
function isBelowItself(code: string, above: ReadonlyMap<string, string | undefined>): boolean {
  const seen = new Set<string>();
  for (let at = above.get(code); at !== undefined; at = above.get(at)) {
    if (at === code) return true;
    if (seen.has(at)) return false;
    seen.add(at);
  }
  return false;
}

function conceptOf({ code, display, definition, designation = [], property = [] }: DraftConcept): CodeSystemConcept {
  return {
    code,
    ...(display !== undefined && { display }),
    ...(definition !== undefined && { definition }),
    ...(designation.length > 0 && { designation: [...designation] }),
    ...(property.length > 0 && { property: [...property] }),
  };
}
