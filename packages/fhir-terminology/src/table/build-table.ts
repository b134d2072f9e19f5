import type { CodeSystemConcept, CodeSystemConceptProperty, Extension } from '@dhp/fhir-model';
import type { ConceptProperty } from '../concepts/concept-system.ts';
import type { ConceptTable, Rows } from './concept-table.ts';
import { TextColumn } from './text-column.ts';

const propertyTypes = ['Code', 'Coding', 'String', 'Integer', 'Boolean', 'DateTime', 'Decimal'] as const;

/** The columns of CodeSystem.concept. */
export function buildTable(concepts: readonly CodeSystemConcept[]): ConceptTable {
  const builder = new TableBuilder();
  for (const concept of concepts) builder.addTree(concept, -1);
  return builder.table();
}

/** Makes the columns of concepts that come one by one, each before its descendants. */
export class TableBuilder {
  readonly #codes: string[] = [];
  readonly #displays: (string | undefined)[] = [];
  readonly #definitions: (string | undefined)[] = [];
  readonly #parent: number[] = [];
  readonly #extensions = new Map<number, readonly Extension[]>();
  readonly #designationExtensions = new Map<number, readonly Extension[]>();
  readonly #designations = new RowsBuilder();
  readonly #properties = new RowsBuilder();

  /** Adds a concept and all below it. @param above the number of the concept that it is nested in, -1 at the top */
  addTree(concept: CodeSystemConcept, above: number): void {
    const number = this.add(concept, above);
    for (const child of concept.concept ?? []) this.addTree(child, number);
  }

  /** Adds a concept without those below it. @returns its number */
  add(concept: CodeSystemConcept, above: number): number {
    const number = this.#codes.length;
    this.#codes.push(concept.code);
    this.#displays.push(concept.display?.trim());
    this.#definitions.push(concept.definition);
    this.#parent.push(above);
    if (concept.extension !== undefined) this.#extensions.set(number, concept.extension);
    this.#designations.begin();
    for (const { language, use, value, extension } of concept.designation ?? []) {
      if ((value as string | undefined) === undefined) continue; // data may lack required elements
      const row = this.#designations.add(
        use === undefined ? (language ?? '') : JSON.stringify([language, use]),
        value.trim(),
      );
      if (extension !== undefined) this.#designationExtensions.set(row, extension);
    }
    this.#properties.begin();
    for (const property of concept.property ?? []) addProperty(this.#properties, property);
    return number;
  }

  table(): ConceptTable {
    return {
      codes: TextColumn.of(this.#codes),
      displays: TextColumn.of(this.#displays),
      definitions: TextColumn.of(this.#definitions),
      parent: Int32Array.from(this.#parent),
      designationKinds: this.#designations.kinds().map(({ key, texts }) => {
        const [language, use] = key.startsWith('[') ? (JSON.parse(key) as [string | null, object]) : [key];
        return { ...(language && { language }), ...(use !== undefined && { use }), texts };
      }),
      designations: this.#designations.rows(),
      propertyKinds: this.#properties.kinds().map(({ key, texts }) => {
        const [code, type] = JSON.parse(key) as [string, ConceptProperty['type']];
        return { code, type, texts };
      }),
      properties: this.#properties.rows(),
      extensions: this.#extensions,
      designationExtensions: this.#designationExtensions,
    };
  }
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
