import type { CodeSystem, CodeSystemConcept } from '@dhp/fhir-model';
import { buildTable } from '../table/build-table.ts';
import { TableSystem } from '../table/table-system.ts';
import { canonical, type ConceptSystem } from '../concepts/concept-system.ts';

/** A supplement of a code system; its concepts are prepared when they are first asked for, and kept as long as it. */
export class Supplement {
  readonly resource: CodeSystem;
  #concepts: ConceptSystem | undefined;
  #uris: ReadonlyMap<string, string> | undefined;

  constructor(resource: CodeSystem) {
    this.resource = resource;
  }

  get url(): string {
    return this.resource.url ?? '';
  }

  get version(): string | undefined {
    return this.resource.version;
  }

  get canonical(): string {
    return canonical(this.url, this.version);
  }

  /** Its concepts by code. */
  get concepts(): ConceptSystem {
    return (this.#concepts ??= conceptsOf(this.resource));
  }

  /** The uris of the properties that it declares, by their codes. */
  get uris(): ReadonlyMap<string, string> {
    const { property = [] } = this.resource;
    return (this.#uris ??= new Map(property.flatMap(({ code, uri }) => (uri === undefined ? [] : [[code, uri]]))));
  }
}

function conceptsOf({ url = '', caseSensitive, property = [], concept = [] }: CodeSystem): ConceptSystem {
  const table = buildTable(flat(concept));
  const header = { url, caseSensitive: caseSensitive !== false, content: 'supplement', property } as const;
  return new TableSystem(header, table.parent.length, () => table);
}

/** A supplement adds to concepts, never to the hierarchy. */
function flat(concepts: readonly CodeSystemConcept[]): CodeSystemConcept[] {
  return concepts.flatMap(({ concept = [], ...own }) => [own, ...flat(concept)]);
}
