import { areEqual } from '../equality.ts';
import { inOperation, PatchFault, Refusal } from '../fault.ts';
import {
  cloneOf,
  depthOf,
  isObject,
  memberValue,
  readJson,
  removeMember,
  setMember,
  sizeOf,
  type JsonValue,
} from '../json.ts';
import { defaultLimits, Meter, payForTexts, type PatchLimits } from '../limits.ts';
import { checkIdentity, readResource, serverOwned } from '../resource.ts';
import { readOperation, type Operation } from './operation.ts';
import { arrayIndex, formatPointer, valueAt, type Pointer } from './pointer.ts';

/**
 * Applies a JSON Patch to a resource: all operations or none. https://www.rfc-editor.org/rfc/rfc6902
 *
 * @param resourceText a resource as JSON text
 * @param patchText the array of operations as JSON text
 * @returns the patched resource as compact JSON text; numbers keep their text (`1.00`), members their order. It is what the
 *   operations make of it: whether it is a valid resource is for the caller to check, as for an update.
 * @throws PatchFault, and BudgetSpent where there is a budget
 */
export function applyJsonPatch(resourceText: string, patchText: string, limits?: Partial<PatchLimits>): string {
  const { operations: most, copied, depth, budget } = { ...defaultLimits, ...limits };
  payForTexts(budget, resourceText, patchText);
  const resource = readResource(resourceText);
  const identity = { resourceType: resource['resourceType'] as string, id: resource['id'] };
  const operations = readJson(patchText, 'the patch', 'malformed-patch');
  if (!Array.isArray(operations)) throw new PatchFault('malformed-patch', 'a JSON Patch is an array of operations');
  if (operations.length > most) {
    throw new PatchFault(
      'too-costly',
      `the patch has ${operations.length} operations and ${most} are the limit: split it`,
    );
  }

  const compared = (value: JsonValue): void => budget?.spend(sizeOf(value), 'a patch');
  const costs: Costs = {
    compared,
    counted: (members) => budget?.spend(members, 'a patch'),
    shifted: (elements) => budget?.spend(elements * workOfShift, 'a patch'),
    copied: new Meter(copied, 'copy or move too many characters', { units: 1 / 8, budget }),
    depth,
  };
  let document: JsonValue = resource;
  operations.forEach((source, index) => {
    budget?.spend(20, 'a patch');
    document = inOperation(
      index,
      () => describe(source),
      () => applied(document, readOperation(source), costs),
    );
  });
  checkIdentity(identity, document);
  return JSON.stringify(document);
}

/** Units of work for an element of an array that gets another index because one before it was added or removed. */
const workOfShift = 1 / 50;

interface Costs {
  readonly copied: Meter;
  readonly depth: number;
  /** Pays for comparing a value. */
  readonly compared: (value: JsonValue) => void;
  /** Pays for the members of objects of the resource that something is compared with. */
  readonly counted: (members: number) => void;
  /** Pays for the elements of an array after the one that is added or removed. */
  readonly shifted: (elements: number) => void;
}

function describe(source: JsonValue): { name?: string; path?: string } {
  if (!isObject(source)) return {};
  const op = memberValue(source, 'op');
  const path = memberValue(source, 'path');
  return {
    ...(typeof op === 'string' && op.length < 20 ? { name: op } : {}),
    ...(typeof path === 'string' ? { path } : {}),
  };
}

/** The document after one operation; changes it in place. @throws Refusal */
function applied(document: JsonValue, operation: Operation, costs: Costs): JsonValue {
  if (operation.op !== 'test' && operation.op !== 'copy') refuseServerOwned(operation);
  switch (operation.op) {
    case 'test':
      costs.compared(operation.value);
      if (areEqual(valueAt(document, operation.path), operation.value, costs.counted)) return document;
      throw new Refusal('test-failed', 'the resource holds another value there; read it again and make the patch anew');
    case 'add':
      checkDepth(operation.path, operation.value, costs);
      return added(document, operation.path, operation.value, costs);
    case 'remove':
      return removed(document, operation.path, costs);
    case 'replace':
      checkDepth(operation.path, operation.value, costs);
      valueAt(document, operation.path);
      return replaced(document, operation.path, operation.value);
    case 'copy': {
      refuseServerOwned({ op: 'add', path: operation.path });
      const value = cloneOf(valueAt(document, operation.from), costs.copied);
      checkDepth(operation.path, value, costs);
      return added(document, operation.path, value, costs);
    }
    case 'move':
      return moved(document, operation.from, operation.path, costs);
  }
}

function moved(document: JsonValue, from: Pointer, path: Pointer, costs: Costs): JsonValue {
  const value = valueAt(document, from);
  const isInside = from.length < path.length && from.every((token, depth) => token === path[depth]);
  if (isInside) throw new Refusal('invalid-target', 'a value cannot be moved into itself');
  if (formatPointer(from) === formatPointer(path)) return document;
  if (path.length > from.length) {
    // Only a move to deeper nesting can pass the limit, and looking costs.
    costs.copied.spend(JSON.stringify(value).length);
    checkDepth(path, value, costs);
  }
  return added(removed(document, from, costs), path, value, costs);
}

function added(document: JsonValue, path: Pointer, value: JsonValue, costs: Costs): JsonValue {
  const { holder, token, place } = holderOf(document, path);
  if (holder === undefined) return value;
  if (Array.isArray(holder)) {
    const index = token === '-' ? holder.length : arrayIndex(token, holder.length, place);
    costs.shifted(holder.length - index);
    holder.splice(index, 0, value);
  } else setMember(holder, token, value);
  return document;
}

function removed(document: JsonValue, path: Pointer, costs: Costs): JsonValue {
  const { holder, token, place } = holderOf(document, path);
  if (holder === undefined) throw new Refusal('invalid-target', 'a patch cannot remove the whole resource; DELETE it');
  valueAt(document, path);
  if (Array.isArray(holder)) {
    const index = arrayIndex(token, holder.length - 1, place);
    costs.shifted(holder.length - index - 1);
    holder.splice(index, 1);
  } else removeMember(holder, token);
  return document;
}

function replaced(document: JsonValue, path: Pointer, value: JsonValue): JsonValue {
  const { holder, token } = holderOf(document, path);
  if (holder === undefined) return value;
  if (Array.isArray(holder)) holder[Number(token)] = value;
  else setMember(holder, token, value);
  return document;
}

/** The container of the value that a path names, no container for the whole document. @throws Refusal `path-not-found` */
function holderOf(document: JsonValue, path: Pointer) {
  const token = path.at(-1);
  const place = () => formatPointer(path.slice(0, -1));
  if (token === undefined) return { holder: undefined, token: '', place };
  const holder = valueAt(document, path.slice(0, -1));
  if (!Array.isArray(holder) && !isObject(holder)) {
    throw new Refusal('path-not-found', `'${place().slice(0, 120)}' is neither an object nor an array`);
  }
  return { holder, token, place };
}

function checkDepth(path: Pointer, value: JsonValue, { depth }: Costs): void {
  if (path.length + depthOf(value) > depth) {
    throw new Refusal('too-costly', `the result would be nested deeper than ${depth} levels`);
  }
}

const owned = new Set(['/id', '/meta/versionId', '/meta/lastUpdated']);

function refuseServerOwned(operation: { op: string; path: Pointer; from?: Pointer }): void {
  const changed = operation.op === 'move' ? [operation.path, operation.from!] : [operation.path];
  if (changed.some((path) => path.length <= 2 && owned.has(formatPointer(path)))) {
    throw new Refusal('invalid-target', serverOwned);
  }
}
