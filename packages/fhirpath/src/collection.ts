/** A primitive element that carries more than its value: its `_` sibling with id and extensions. */
export class Primitive {
  /** Undefined when there are only extensions. */
  readonly value: unknown;
  readonly sibling: Readonly<Record<string, unknown>>;

  constructor(value: unknown, sibling: Readonly<Record<string, unknown>>) {
    this.value = value;
    this.sibling = sibling;
  }
}

/** Location of an item: an element of a parent, `index` when it repeats. Kept only when locations were requested. */
export interface Site {
  readonly parent: Site | undefined;
  readonly name: string;
  readonly index: number | undefined;
}

/** `Patient.name[0].given[1]` */
export function formatSite(site: Site): string {
  const own = site.index === undefined ? site.name : `${site.name}[${site.index}]`;
  return site.parent === undefined ? own : `${formatSite(site.parent)}.${own}`;
}

/** The values of every empty collection. */
const noValues: readonly unknown[] = [];

/**
 * An ordered collection: raw JSON values, and beside them their types. Most collections hold one type only, so it is stored once until a
 * second one comes. Type `''` is unknown; FHIR types have no namespace (`dateTime`, `Patient.contact`), those of FHIRPath with their
 * namespace (`System.String`). Only the maker of a collection may change it.
 */
export class Collection {
  /** Only its own methods change it. */
  values: readonly unknown[] = noValues;
  #type = '';
  #types: string[] | undefined;
  #sites: (Site | undefined)[] | undefined;

  static of(value: unknown, type: string, site?: Site): Collection {
    const one = new Collection();
    one.push(value, type, site);
    return one;
  }

  get size(): number {
    return this.values.length;
  }

  typeAt(index: number): string {
    return this.#types === undefined ? this.#type : this.#types[index]!;
  }

  siteAt(index: number): Site | undefined {
    return this.#sites?.[index];
  }

  push(value: unknown, type: string, site?: Site): void {
    const { length } = this.values;
    if (this.#types !== undefined) this.#types.push(type);
    else if (length === 0) this.#type = type;
    else if (type !== this.#type) {
      this.#types = new Array<string>(length).fill(this.#type);
      this.#types.push(type);
    }
    if (site !== undefined) {
      this.#sites ??= [];
      this.#sites[length] = site;
    }
    // Most collections have one item, and an array that grows has room for seventeen.
    if (this.values === noValues) this.values = [value];
    else (this.values as unknown[]).push(value);
  }

  /** Adds one item of another collection. */
  take(from: Collection, index: number): void {
    this.push(from.values[index], from.typeAt(index), from.siteAt(index));
  }

  /** Adds all items of another collection. */
  takeAll(from: Collection): void {
    for (let i = 0; i < from.size; i++) this.take(from, i);
  }

  /** Makes this collection the single item `index` of another: the moving focus of a loop. */
  become(from: Collection, index: number): void {
    if (this.values !== noValues) (this.values as unknown[]).length = 0;
    this.#types = undefined;
    this.#sites = undefined;
    this.take(from, index);
  }

  copy(): Collection {
    const copy = new Collection();
    copy.takeAll(this);
    return copy;
  }
}

export const nothing = new Collection();
const yes = Collection.of(true, 'System.Boolean');
const no = Collection.of(false, 'System.Boolean');

/** The collection of a three-valued truth: undefined is empty. */
export function truthCollection(truth: boolean | undefined): Collection {
  return truth === undefined ? nothing : truth ? yes : no;
}

/** The value itself, without the wrapper of a primitive with extensions; undefined without a value. */
export function bare(value: unknown): unknown {
  return value instanceof Primitive ? value.value : value;
}
