import type { Sentence } from '../outcome/messages.ts';
import type {
  Concept,
  ConceptFilter,
  ConceptProperty,
  ConceptSystem,
  ConceptTest,
  Designation,
} from '../concepts/concept-system.ts';
import { systemHeader } from '../concepts/standard-properties.ts';

const none: readonly never[] = [];

/** A code system whose codes follow a grammar. */
export interface Grammar {
  readonly url: string;
  readonly name: string;
  readonly title: string;
  readonly version?: string;
  readonly caseSensitive: boolean;
  /** The implicit value set of all its codes. */
  readonly valueSet?: string;
  /** A value set of codes in common use. */
  readonly listedBy?: string;
  /** The code as the grammar writes it, and its names; undefined for a text that is no code of it. */
  read(code: string): { code?: string; display?: string; designations?: readonly Designation[] } | undefined;
  filter?(filter: ConceptFilter): ConceptTest | undefined;
  whyUnknown?(code: string): Sentence | undefined;
  whyLeftOut?(code: string, filter: ConceptFilter): Sentence | undefined;
}

/** A code system whose codes are defined by rules, so that they cannot be listed. */
export function grammarSystem(grammar: Grammar): ConceptSystem {
  const { url, name, title, version, caseSensitive, valueSet } = grammar;
  const header = systemHeader({
    url,
    name,
    title,
    ...(version !== undefined && { version }),
    language: 'en',
    status: 'active',
    caseSensitive,
    content: 'complete',
    ...(valueSet !== undefined && { valueSet }),
    property: [],
  });
  return {
    header,
    supplements: none,
    size: undefined,
    listedBy: grammar.listedBy,
    find(code: string): Concept | undefined {
      const read = grammar.read(code);
      if (read === undefined) return undefined;
      const properties: readonly ConceptProperty[] = none;
      const { code: written = code, display, designations = none } = read;
      return { code: written, display, designations, properties, extensions: none };
    },
    concepts: () => none,
    parents: () => none,
    children: () => none,
    isA: (concept, ancestor) => concept.code === ancestor.code,
    whyUnknown: (code) => grammar.whyUnknown?.(code),
    whyLeftOut: (code, filter) => grammar.whyLeftOut?.(code, filter),
    ...(grammar.filter !== undefined && { ownFilter: (filter: ConceptFilter) => grammar.filter?.(filter) }),
  };
}
