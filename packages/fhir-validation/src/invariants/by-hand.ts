import type { Json } from '../json.ts';
import { isObject } from '../json.ts';
import { isDateTime } from '../dates.ts';
import type { Holds } from './rule.ts';

/**
 * Invariants that apply to nearly every element, implemented by hand because evaluating them as FHIRPath takes most of the time. Keyed by
 * expression, because keys are not unique (`inv-1` is three rules). Each is tested against the reference engine.
 */

const has = (object: Json, name: string): boolean => object[name] !== undefined || object[`_${name}`] !== undefined;

/** Whether FHIRPath's exists() would be true for a list or value. */
function some(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

/** Returns a rule about the members of an object. It passes for other values, which the structural checks report. */
function about(test: (object: Json) => boolean): Holds {
  return (value) => !isObject(value) || test(value);
}

const elementHasContent: Holds = (value, sibling) => {
  if (!isObject(value))
    return (value !== undefined && value !== null) || (sibling !== undefined && hasMoreThanId(sibling));
  return hasMoreThanId(value);
};

function hasMoreThanId(object: Json): boolean {
  for (const key in object) if (key !== 'id' && key !== 'resourceType' && some(object[key])) return true;
  return false;
}

function hasValueElement(object: Json): boolean {
  for (const key in object) if (key.startsWith('value') || key.startsWith('_value')) return true;
  return false;
}

/** ref-1: a fragment must name a contained resource. `#` alone is the container and is only allowed within a contained resource. */
const fragmentIsContained: Holds = (value, _sibling, { resource, rootResource, targets }) => {
  const reference = isObject(value) ? value['reference'] : undefined;
  if (typeof reference !== 'string' || reference.charCodeAt(0) !== 0x23) return true;
  return reference === '#'
    ? rootResource !== resource
    : targets.contained(rootResource, reference.slice(1)) !== undefined;
};

/** Whether comparing the texts is enough to know that per-1 holds. */
function isPlainPeriod({ start, end }: Json): boolean {
  return typeof start !== 'string' || typeof end !== 'string' || isOrderly(start, end);
}

/** Cheap tests that prove a rule for nearly all elements. If one returns false, FHIRPath decides. */
export const plainlyHolds: ReadonlyMap<string, (object: Json) => boolean> = new Map([
  // per-1
  ['start.hasValue().not() or end.hasValue().not() or (start.lowBoundary() <= end.highBoundary())', isPlainPeriod],
  // obs-7
  [
    'value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()',
    ({ component }) => component === undefined,
  ],
]);

/** Whether two times with the same format and time zone are in order; then their texts have the same order. */
function isOrderly(start: string, end: string): boolean {
  if (start.length !== end.length || start.includes('.') || !isDateTime(start) || !isDateTime(end)) return false;
  return (start.length <= 10 || start.slice(19) === end.slice(19)) && start <= end;
}

/** The members that a rule needs, by the beginning of its expression, because expressions are long. */
const members: readonly (readonly [beginning: string, members: readonly string[]])[] = [
  ['start.hasValue().not() or end.hasValue().not() or (start.low', ['end']], // per-1
  ['value.empty() or component.code', ['component']], // obs-7
  ['reference.exists()  implies (reference.startsWith', ['reference']], // ref-1
  ['code.empty() or system.exists()', ['code', '_code']], // qty-3
  ['code.exists().not() implies display', ['display', '_display']], // cod-1
  ['value.empty() or system.exists()', ['value', '_value']], // cpt-2
  ['data.empty() or contentType.exists()', ['data', '_data']], // att-1
  ['bodySite.exists() implies bodyStructure', ['bodySite']], // obs-8, bdystr-1
  ['dataAbsentReason.empty() or value.empty()', ['dataAbsentReason']], // obs-6
  ['contained.', ['contained']], // dom-2, dom-4, dom-5
];

export const byHand: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  // ele-1
  ['hasValue() or (children().count() > id.count())', elementHasContent],
  // ext-1
  ['extension.exists() != value.exists()', about((object) => some(object['extension']) !== hasValueElement(object))],
  // ref-1
  [
    "reference.exists()  implies (reference.startsWith('#').not() or (reference.substring(1).trace('url') in " +
      "%rootResource.contained.id.trace('ids')) or (reference='#' and %rootResource!=%resource))",
    fragmentIsContained,
  ],
  // ref-2
  [
    'reference.exists() or identifier.exists() or display.exists() or extension.exists()',
    about((o) => has(o, 'reference') || some(o['identifier']) || has(o, 'display') || some(o['extension'])),
  ],
  // qty-3
  ['code.empty() or system.exists()', about((object) => !has(object, 'code') || has(object, 'system'))],
  // cod-1
  ['code.exists().not() implies display.exists().not()', about((o) => has(o, 'code') || !has(o, 'display'))],
  // cpt-2
  ['value.empty() or system.exists()', about((object) => !has(object, 'value') || has(object, 'system'))],
  // att-1
  ['data.empty() or contentType.exists()', about((object) => !has(object, 'data') || has(object, 'contentType'))],
  // ident-1
  ['value.exists()', about((object) => has(object, 'value'))],
  // pat-1
  [
    'name.exists() or telecom.exists() or address.exists() or organization.exists()',
    about((o) => ['name', 'telecom', 'address', 'organization'].some((name) => some(o[name]))),
  ],
  // obs-8, bdystr-1
  ['bodySite.exists() implies bodyStructure.empty()', about((o) => !some(o['bodySite']) || !some(o['bodyStructure']))],
  // obs-6
  ['dataAbsentReason.empty() or value.empty()', about((o) => !some(o['dataAbsentReason']) || !hasValueElement(o))],
  // dom-2
  ['contained.contained.empty()', about((object) => !containedSome(object, (one) => some(one['contained'])))],
  // dom-4
  [
    'contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()',
    about(
      (object) =>
        !containedSome(object, ({ meta }) => isObject(meta) && (has(meta, 'versionId') || has(meta, 'lastUpdated'))),
    ),
  ],
  // dom-5
  [
    'contained.meta.security.empty()',
    about((object) => !containedSome(object, ({ meta }) => isObject(meta) && some(meta['security']))),
  ],
  // eld-11: as published it tests whether there is any result instead of a true one, so it always holds; for several types it cannot be
  // evaluated.
  [
    'binding.empty() or type.code.empty() or type.code.contains(":") or ' +
      "type.select((code = 'code') or (code = 'Coding') or (code='CodeableConcept') or (code = 'Quantity') or (code = 'string') " +
      "or (code = 'uri') or (code = 'Duration')).exists()",
    () => true,
  ],
  // dom-6
  ['text.`div`.exists()', about(({ text }) => isObject(text) && text['div'] !== undefined)],
]);

/** For the rules above, by expression: the members without which a rule holds. If an object has none of them, the rule is not evaluated. */
export const neededByHand: ReadonlyMap<string, readonly string[]> = new Map(
  [...byHand.keys(), ...plainlyHolds.keys()].flatMap((expression) => {
    const found = members.find(([beginning]) => expression.startsWith(beginning));
    return found === undefined ? [] : [[expression, found[1]] as const];
  }),
);

function containedSome({ contained }: Json, test: (resource: Json) => boolean): boolean {
  return Array.isArray(contained) && contained.some((one) => isObject(one) && test(one));
}
