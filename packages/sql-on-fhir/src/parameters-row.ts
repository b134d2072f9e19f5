import { isResourceType, typeOf } from '@dhp/fhir-model';
import type { Cell } from './cell.ts';
import type { TableColumn } from './columns.ts';
import type { Cells } from './selection.ts';
import type { Pay } from './table-text.ts';
import { primitiveName } from './types.ts';

interface Part {
  readonly name: string;
  readonly [member: string]: unknown;
}

/**
 * A row as a parameter of Parameters, with a part for each value; nothing is no part, and a collection one for each of its values.
 * https://sql-on-fhir.org/ig/operations-common.html#fhir-format
 */
export function parametersRow(columns: readonly TableColumn[]): (cells: Cells, pay: Pay) => string {
  return (cells, pay) => {
    const parts = columns.flatMap((column, n) => partsOf(column, cells[n]!).map((part) => pay(JSON.stringify(part))));
    return parts.length === 0 ? '{"name":"row"}' : `{"name":"row","part":[${parts.join(',')}]}`;
  };
}

function partsOf({ name, type, isCollection }: TableColumn, cell: Cell): Part[] {
  const values = isCollection && Array.isArray(cell) ? (cell as Cell[]) : [cell];
  return values.flatMap((value) => (value === null ? [] : [{ name, ...valueOf(type, value) }]));
}

/** `valueCode` and the like; a resource as such, and a value without a type as the text of its JSON. */
function valueOf(type: string | undefined, value: Exclude<Cell, null>): Record<string, unknown> {
  if (typeof value === 'object') {
    const { resourceType } = value as { readonly resourceType?: unknown };
    if (typeof resourceType === 'string' && isResourceType(resourceType)) return { resource: value };
    const isData = type !== undefined && typeOf(type)?.kind === 'complex' && typeOf(type)?.isAbstract === false;
    return isData ? { [memberOf(type)]: value } : { valueString: JSON.stringify(value) };
  }
  const primitive = type === undefined ? undefined : primitiveName(type);
  if (primitive !== undefined && primitive !== 'xhtml') return { [memberOf(primitive)]: value };
  if (typeof value === 'boolean') return { valueBoolean: value };
  if (typeof value === 'string') return { valueString: value };
  return Number.isInteger(value) ? { valueInteger: value } : { valueDecimal: value };
}

const memberOf = (type: string): string => `value${type.charAt(0).toUpperCase()}${type.slice(1)}`;
