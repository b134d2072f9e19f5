import type { CodeSystemConcept, CodeSystemConceptProperty, Extension } from '@dhp/fhir-model';
import type { ConceptProperty } from '../source/concept-system.ts';
import type { ConceptTable, Rows } from './concept-table.ts';
import { TextColumn } from './text-column.ts';

const propertyTypes = ['Code', 'Coding', 'String', 'Integer', 'Boolean', 'DateTime', 'Decimal'] as const;

/** The columns of CodeSystem.concept. */
export function buildTable(concepts: readonly CodeSystemConcept[]): ConceptTable {
  const codes: string[] = [];
  const displays: (string | undefined)[] = [];
  const definitions: (string | undefined)[] = [];
  const parent: number[] = [];
  const extensions = new Map<number, readonly Extension[]>();
  const designationExtensions = new Map<number, readonly Extension[]>();
  const designations = new RowsBuilder();
  const properties = new RowsBuilder();

  const add = (concept: CodeSystemConcept, above: number): void => {
    const number = codes.length;
    codes.push(concept.code);
    displays.push(concept.display?.trim());
    definitions.push(concept.definition);
    parent.push(above);
    if (concept.extension !== undefined) extensions.set(number, concept.extension);
    designations.begin();
    for (const { language, use, value, extension } of concept.designation ?? []) {
      if ((value as string | undefined) === undefined) continue; // data may lack what the standard requires
      const row = designations.add(
        use === undefined ? (language ?? '') : JSON.stringify([language, use]),
        value.trim(),
      );
      if (extension !== undefined) designationExtensions.set(row, extension);
    }
    properties.begin();
    for (const property of concept.property ?? []) addProperty(properties, property);
    for (const child of concept.concept ?? []) add(child, number);
  };
  for (const concept of concepts) add(concept, -1);

  return {
    codes: TextColumn.of(codes),
    displays: TextColumn.of(displays),
    definitions: TextColumn.of(definitions),
    parent: Int32Array.from(parent),
    designationKinds: designations.kinds().map(({ key, texts }) => {
      const [language, use] = key.startsWith('[') ? (JSON.parse(key) as [string | null, object]) : [key];
      return { ...(language && { language }), ...(use !== undefined && { use }), texts };
    }),
    designations: designations.rows(),
    propertyKinds: properties.kinds().map(({ key, texts }) => {
      const [code, type] = JSON.parse(key) as [string, ConceptProperty['type']];
      return { code, type, texts };
    }),
    properties: properties.rows(),
    extensions,
    designationExtensions,
  };
}

function addProperty(properties: RowsBuilder, property: CodeSystemConceptProperty): void {
  for (const type of propertyTypes) {
    const value = property[`value${type}`];
    if (value === undefined) continue;
    properties.add(JSON.stringify([property.code, type]), typeof value === 'string' ? value : JSON.stringify(value));
    return;
  }
}

class RowsBuilder {
  readonly #first: number[] = [];
  readonly #kind: number[] = [];
  readonly #position: number[] = [];
  readonly #kinds = new Map<string, { number: number; texts: string[] }>();

  /** The next concept begins. */
  begin(): void {
    this.#first.push(this.#kind.length);
  }

  /** Adds a value of a kind to the concept; the number of the row. */
  add(key: string, text: string): number {
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      kind = { number: this.#kinds.size, texts: [] };
      this.#kinds.set(key, kind);
    }
    this.#position.push(kind.texts.push(text) - 1);
    return this.#kind.push(kind.number) - 1;
  }

  rows(): Rows {
    return {
      first: Uint32Array.from([...this.#first, this.#kind.length]),
      kind: Uint16Array.from(this.#kind),
      position: Uint32Array.from(this.#position),
    };
  }

  kinds(): { key: string; texts: TextColumn }[] {
    return [...this.#kinds].map(([key, { texts }]) => ({ key, texts: TextColumn.of(texts) }));
  }
}
