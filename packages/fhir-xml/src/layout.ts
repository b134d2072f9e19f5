import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';

/** Form of a JSON member in XML. https://hl7.org/fhir/R5/xml.html */
export interface Slot {
  /** The name in both formats; for a choice the one with its type, `deceasedBoolean`. */
  readonly name: string;
  readonly type: string;
  /** Position of its element in the definition; the types of a choice share one position. */
  readonly position: number;
  readonly isList: boolean;
  readonly form: 'attribute' | 'primitive' | 'complex' | 'resource' | 'xhtml';
  /** JSON type of a primitive value. */
  readonly literal: Literal;
}

export type Literal = 'string' | 'boolean' | 'integer' | 'decimal';

/** The slots of a type by name, with the texts for messages. */
export interface Layout {
  readonly type: string;
  readonly slots: ReadonlyMap<string, Slot>;
  /** The names of the elements, in order, a choice as `value[x]`. */
  readonly elementNames: readonly string[];
  /** The names of the attributes, without the `value` of a primitive. */
  readonly attributeNames: readonly string[];
}

const layouts = new Map<string, Layout>();

/** The layout of a type that the definitions have; made once for each. */
export function layoutOf(type: string): Layout {
  let layout = layouts.get(type);
  if (layout === undefined) {
    layout = makeLayout(type);
    layouts.set(type, layout);
  }
  return layout;
}

function makeLayout(type: string): Layout {
  const elements = [...(elementsOf(type) ?? new Map<string, ElementModel>()).values()];
  const isAttribute = (element: ElementModel): boolean => element.xml === 'attribute';
  return {
    type,
    slots: new Map(elements.flatMap(slotsOf).map((slot) => [slot.name, slot])),
    elementNames: elements.filter((e) => !isAttribute(e)).map((e) => (e.choice ? `${e.name}[x]` : e.name)),
    attributeNames: elements.filter(isAttribute).map((e) => e.name),
  };
}

function slotsOf(element: ElementModel, position: number): Slot[] {
  return element.types.map((type) => ({
    name: element.choice ? element.name + type.charAt(0).toUpperCase() + type.slice(1) : element.name,
    type,
    position,
    isList: element.max > 1,
    form: element.xml ?? formOf(type),
    literal: literals.get(type) ?? 'string',
  }));
}

function formOf(type: string): Slot['form'] {
  const kind = typeOf(type)?.kind;
  return kind === 'primitive' || kind === 'resource' ? kind : 'complex';
}

/** The primitive types that JSON does not write as a string; `integer64` is one. https://hl7.org/fhir/R5/json.html#primitive */
const literals: ReadonlyMap<string, Literal> = new Map(
  Object.entries<Literal>({
    boolean: 'boolean',
    integer: 'integer',
    positiveInt: 'integer',
    unsignedInt: 'integer',
    decimal: 'decimal',
  }),
);
