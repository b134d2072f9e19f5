import type { Findings } from './faults.ts';
import { shown } from './structure.ts';
import { holdsPrimitive } from './types.ts';
import type { Constant, ViewDefinition } from './view-definition.ts';

/** The constants of a view as FHIRPath takes them: values and types by name. */
export interface Constants {
  readonly values: Readonly<Record<string, unknown>>;
  readonly types: Readonly<Record<string, string>>;
}

/** Names that mean something in expressions already. */
const taken = ['context', 'resource', 'rootResource', 'rowIndex', 'ucum', 'sct', 'loinc', 'terminologies'];

/** Types by the name of the member. https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition-definitions.html#ViewDefinition.constant.value[x] */
const types = new Map(
  `base64Binary boolean canonical code date dateTime decimal id instant integer integer64 oid string positiveInt time unsignedInt uri url uuid`
    .split(' ')
    .map((type) => [`value${type.charAt(0).toUpperCase()}${type.slice(1)}`, type]),
);

/** Reports constants without a value, with several, with one of another type, and names that are duplicate or reserved. */
export function constantsOf({ constant = [] }: ViewDefinition, findings: Findings): Constants {
  const values: Record<string, unknown> = {};
  const known: Record<string, string> = {};
  for (const [index, one] of constant.entries()) {
    const place = `ViewDefinition.constant[${index}]`;
    if (Object.hasOwn(values, one.name))
      findings.error('constant', `${place}.name`, `gives a second constant ${one.name}. Name it otherwise.`);
    if (taken.includes(one.name))
      findings.error('constant', `${place}.name`, `%${one.name} means something already. Name it otherwise.`);
    const [type, value] = valueOf(one, place, findings) ?? ['', undefined];
    // A faulty one is defined nevertheless, so that its uses cause no further faults.
    values[one.name] = value;
    known[one.name] = type;
  }
  return { values, types: known };
}

function valueOf(constant: Constant, place: string, findings: Findings): [type: string, value: unknown] | undefined {
  const members = Object.keys(constant).filter((key) => key.startsWith('value'));
  const unknown = members.find((member) => !types.has(member));
  const [member] = members;
  if (unknown !== undefined) {
    findings.error(
      'constant',
      `${place}.${unknown}`,
      `is of no type of constants. Give one of ${[...types.keys()].join(', ')}.`,
    );
  } else if (member === undefined) {
    findings.error('constant', place, 'has no value. Add one, such as valueString.');
  } else if (members.length > 1) {
    findings.error('constant', place, `has ${members.join(' and ')}. Keep one of them.`);
  } else {
    const type = types.get(member)!;
    const value = constant[member as `value${string}`];
    if (holdsPrimitive(type, value)) return literal(type, value);
    findings.error('constant', `${place}.${member}`, `is ${shown(value)}, which is no ${type}. Give one.`);
  }
  return undefined;
}

const literalTypes: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    boolean: 'System.Boolean',
    date: 'System.Date',
    dateTime: 'System.DateTime',
    decimal: 'System.Decimal',
    instant: 'System.DateTime',
    integer: 'System.Integer',
    integer64: 'System.Long',
    positiveInt: 'System.Integer',
    time: 'System.Time',
    unsignedInt: 'System.Integer',
  }),
);

/** A constant is like a literal of FHIRPath: it has no extensions, and extensions are ignored in comparisons with it. */
function literal(type: string, value: unknown): [type: string, value: unknown] {
  // An integer64 is text in JSON.
  const plain = type === 'integer64' ? BigInt(value as string | number) : value;
  return [literalTypes.get(type) ?? 'System.String', plain];
}
