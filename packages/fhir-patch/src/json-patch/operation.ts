import { Refusal } from '../fault.ts';
import { isObject, memberValue, type JsonValue } from '../json.ts';
import { parsePointer, type Pointer } from './pointer.ts';

/** One operation of a JSON Patch, read. */
export type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Pointer; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: Pointer }
  | { readonly op: 'move' | 'copy'; readonly path: Pointer; readonly from: Pointer };

/**
 * Reads an operation; members that its `op` does not define are ignored (RFC 6902 section 4).
 * @throws Refusal `malformed-patch`
 */
export function readOperation(source: JsonValue): Operation {
  if (!isObject(source)) throw malformed('an operation is a JSON object with "op" and "path"');
  const op = textMember('op');
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      const path = parsePointer(textMember('path'));
      const value = memberValue(source, 'value');
      if (value === undefined) throw malformed(`${op} needs a "value"`);
      return { op, path, value };
    }
    case 'remove':
      return { op, path: parsePointer(textMember('path')) };
    case 'move':
    case 'copy':
      return { op, path: parsePointer(textMember('path')), from: parsePointer(textMember('from')) };
    default:
      throw malformed('"op" is one of add, remove, replace, move, copy, test');
  }

  function textMember(name: string): string {
    const text = memberValue(source as Record<string, JsonValue>, name);
    if (typeof text !== 'string')
      throw malformed(`${text === undefined ? 'there is no' : 'a string is expected as'} "${name}"`);
    return text;
  }
}

function malformed(reason: string): Refusal {
  return new Refusal('malformed-patch', reason);
}
