import type { Budget } from '@dhp/budget';
import type { Coding, Extension } from '@dhp/fhir-model';
import { hierarchyCodes } from '../concepts/concept-properties.ts';
import type {
  Concept,
  ConceptProperty,
  ConceptSystem,
  Designation,
  SystemHeader,
  SystemMetadata,
} from '../concepts/concept-system.ts';
import { systemHeader } from '../concepts/standard-properties.ts';
import { CodeIndex } from './code-index.ts';
import type { ConceptTable } from './concept-table.ts';
import { Hierarchy } from './hierarchy.ts';

const none: readonly never[] = [];

/** A code system whose concepts are a table. */
export class TableSystem implements ConceptSystem {
  readonly header: SystemHeader;
  readonly supplements = none;
  #load: (() => ConceptTable) | undefined;
  #table: ConceptTable | undefined;
  #index: CodeIndex | undefined;
  #hierarchy: Hierarchy | undefined;
  readonly size: number;

  /** `load` is called when the first concept is requested: of the built-in code systems most never are. */
  constructor(metadata: SystemMetadata, size: number, load: () => ConceptTable) {
    this.header = systemHeader(metadata);
    this.size = size;
    this.#load = load;
  }

  get table(): ConceptTable {
    if (this.#table === undefined) {
      this.#table = this.#load!();
      this.#load = undefined; // and with it the bytes that the table was read from
    }
    return this.#table;
  }

  find(code: string): Concept | undefined {
    const row = this.#codes().find(code);
    return row < 0 ? undefined : new TableConcept(this.table, row);
  }

  *concepts(): Generator<Concept> {
    for (let row = 0; row < this.size; row++) yield new TableConcept(this.table, row);
  }

  places(): ((row: number) => Concept) | undefined {
    return this.#codes().isDistinct ? (row) => new TableConcept(this.table, row) : undefined;
  }

  parents(concept: Concept): readonly Concept[] {
    return this.#concepts(this.#tree().parents(rowOf(concept)));
  }

  children(concept: Concept): readonly Concept[] {
    return this.#concepts(this.#tree().children(rowOf(concept)));
  }

  isA(concept: Concept, ancestor: Concept, budget?: Budget): boolean {
    return this.#tree().isA(rowOf(concept), rowOf(ancestor), budget);
  }

  #codes(): CodeIndex {
    return (this.#index ??= new CodeIndex(this.table.codes, this.header.caseSensitive));
  }

  #tree(): Hierarchy {
    this.#hierarchy ??= new Hierarchy(this.table, hierarchyCodes(this.header), (code) => {
      const found = this.find(code);
      return found === undefined ? -1 : rowOf(found);
    });
    return this.#hierarchy;
  }

  #concepts(rows: Uint32Array): readonly Concept[] {
    return Array.from(rows, (row) => new TableConcept(this.table, row));
  }
}

function rowOf(concept: Concept): number {
  if (concept instanceof TableConcept) return concept.row;
  throw new TypeError(`the concept ${concept.code} is of another system`);
}

/** A view of one row; values are read on request. */
class TableConcept implements Concept {
  readonly #table: ConceptTable;
  readonly row: number;

  constructor(table: ConceptTable, row: number) {
    this.#table = table;
    this.row = row;
  }

  get code(): string {
    return this.#table.codes.at(this.row) ?? '';
  }

  get display(): string | undefined {
    return this.#table.displays.at(this.row);
  }

  get definition(): string | undefined {
    return this.#table.definitions.at(this.row);
  }

  get designations(): readonly Designation[] {
    const { designations, designationKinds, designationExtensions } = this.#table;
    return rowsOf(designations.first, this.row, (row) => {
      const { texts, language, use } = designationKinds[designations.kind[row]!]!;
      const extensions = designationExtensions.get(row);
      return {
        ...(language !== undefined && { language }),
        ...(use !== undefined && { use }),
        value: texts.at(designations.position[row]!) ?? '',
        ...(extensions !== undefined && { extensions }),
      };
    });
  }

  get properties(): readonly ConceptProperty[] {
    const { properties, propertyKinds } = this.#table;
    return rowsOf(properties.first, this.row, (row) => {
      const { code, type, texts } = propertyKinds[properties.kind[row]!]!;
      return { code, type, value: valueOf(type, texts.at(properties.position[row]!) ?? '') };
    });
  }

  get extensions(): readonly Extension[] {
    return this.#table.extensions.get(this.row) ?? none;
  }
}

function rowsOf<T>(first: Uint32Array, row: number, read: (row: number) => T): readonly T[] {
  const start = first[row]!;
  const end = first[row + 1]!;
  if (start === end) return none;
  const values: T[] = [];
  for (let i = start; i < end; i++) values.push(read(i));
  return values;
}

function valueOf(type: ConceptProperty['type'], text: string): ConceptProperty['value'] {
  if (type === 'Boolean') return text === 'true';
  if (type === 'Integer' || type === 'Decimal') return Number(text);
  return type === 'Coding' ? (JSON.parse(text) as Coding) : text;
}
