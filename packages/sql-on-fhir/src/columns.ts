import type { Findings } from './faults.ts';
import { expression, type Building, type Expression, type Frame } from './expressions.ts';
import { isImpossible, isKnownType, isPrimitive, isSameForm, sqlTypeOf, typeNamed } from './types.ts';
import type { Column } from './view-definition.ts';

/** A column of the table, in its place. */
export interface TableColumn {
  readonly name: string;
  /** The FHIR type that the view declares, else the only possible one of its path; undefined if it is unknown. */
  readonly type: string | undefined;
  /** Whether its values are arrays. */
  readonly isCollection: boolean;
  /** The type of ISO/IEC 9075 for its values, or that of the tag `ansi/type`; arrays and objects are JSON text. */
  readonly sqlType: string;
  readonly description: string | undefined;
  /** The element of the view: `ViewDefinition.select[0].column[1]`. */
  readonly place: string;
}

/** A column with the functions that make its values. */
export interface BuiltColumn extends TableColumn {
  readonly declared: string | undefined;
  readonly expression: Expression;
  /** The value without any item: null, or 0 for the index of the row. */
  readonly whenAbsent: 0 | null;
}

const ansiTag = 'ansi/type';

/** Reports unknown types, types that the path cannot have, and missing declarations. */
export function builtColumn(column: Column, place: string, frame: Frame, building: Building): BuiltColumn {
  const { findings } = building;
  const made = expression(column.path, `${place}.path`, frame, building);
  const declared = column.type === undefined ? undefined : typeNamed(column.type);
  checkType(declared, made.types, place, findings);
  const possible = made.types?.length === 1 ? typeNamed(made.types[0]!) : undefined;
  const type = declared ?? possible;
  const isCollection = column.collection === true;
  const tag = [...(column.tag ?? []), ...tagsOf(column)].find(({ name }) => name === ansiTag)?.value;
  return {
    name: column.name,
    type,
    isCollection,
    sqlType: tag ?? (isCollection ? sqlTypeOf(undefined) : sqlTypeOf(type)),
    description: column.description,
    place,
    declared,
    expression: made,
    whenAbsent: column.path.trim() === '%rowIndex' ? 0 : null,
  };
}

function tagsOf(column: Column): NonNullable<Column['tag']> {
  return (column as { readonly tags?: Column['tag'] }).tags ?? [];
}

function checkType(
  declared: string | undefined,
  given: readonly string[] | undefined,
  place: string,
  findings: Findings,
): void {
  if (declared !== undefined && !isKnownType(declared)) {
    findings.error(
      'type',
      `${place}.type`,
      `${declared} is no type of FHIR. Give one, such as string or Observation.component.`,
    );
  } else if (declared !== undefined && given !== undefined && isImpossible(declared, given)) {
    findings.error(
      'type',
      `${place}.type`,
      `is ${declared}, and the path gives ${given.join(' or ')}. Give the type of the path, or another path.`,
    );
  } else if (declared === undefined && given !== undefined && given.length > 0 && !given.some(mayBePrimitive)) {
    findings.error(
      'type',
      place,
      `gives ${given.join(' or ')}, which is no primitive. Declare it as type, or choose an element of it.`,
    );
  }
}

const mayBePrimitive = (type: string): boolean =>
  isPrimitive(type) || type.startsWith('System.') || ['Base', 'DataType', 'Element', 'PrimitiveType'].includes(type);

/** Reports duplicate names; returns the columns one after the other. */
export function together(parts: readonly (readonly BuiltColumn[])[], findings: Findings): readonly BuiltColumn[] {
  const names = new Set<string>();
  const columns = parts.flat();
  for (const { name, place } of columns) {
    if (names.has(name)) findings.error('column', `${place}.name`, `gives a second column ${name}. Name it otherwise.`);
    names.add(name);
  }
  return columns;
}

/** Reports branches of a union whose columns differ from those of the first one in name, order or type. */
export function checkBranches(branches: readonly (readonly BuiltColumn[])[], place: string, findings: Findings): void {
  const [first = [], ...others] = branches;
  const wanted = first.map(({ name }) => name).join(', ');
  for (const [index, other] of others.entries()) {
    const branch = `${place}[${index + 1}]`;
    const names = other.map(({ name }) => name).join(', ');
    if (names !== wanted)
      findings.error(
        'column',
        branch,
        `has the columns ${names}, and the first branch ${wanted}. Give all branches the same columns in the same order.`,
      );
    else for (const [n, column] of other.entries()) checkPair(first[n]!, column, findings);
  }
}

function checkPair(first: BuiltColumn, other: BuiltColumn, findings: Findings): void {
  const cure = 'Give both the same type and collection.';
  if (first.isCollection !== other.isCollection) {
    findings.error(
      'column',
      other.place,
      `is ${other.isCollection ? 'a' : 'no'} collection, unlike ${first.place}. ${cure}`,
    );
  } else if (first.type !== undefined && other.type !== undefined && isOtherType(first, other)) {
    findings.error(
      'column',
      other.place,
      `is of type ${other.type}, and ${first.place} of type ${first.type}. ${cure}`,
    );
  }
}

/** Declared types must be equal; inferred ones must have the same form. */
function isOtherType(first: BuiltColumn, other: BuiltColumn): boolean {
  if (first.declared !== undefined && other.declared !== undefined) return first.declared !== other.declared;
  return !isSameForm(first.type!, other.type!);
}
