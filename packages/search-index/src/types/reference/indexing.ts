import { keyOf, referenceTexts, tokenText, untypedText } from '../../keys/keys.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import { addText } from '../text-rows.ts';
import type { ReferenceValue } from '../value.ts';
import { isId, isResourceType } from '@dhp/fhir-model';
import { normaliseString } from '@dhp/name-scripts';
import { type JsonObject, objectOf, textOf } from '../json.ts';

/**
 * References by their targets; those to contained resources (`#a`) have no search values.
 * @param ownBases base URLs, without a slash at the end, below which an absolute reference equals a relative one
 */
export function referenceValues(value: unknown, type: string, ownBases: readonly string[]): ReferenceValue[] {
  switch (type) {
    case 'CodeableReference':
      return referenceValues(objectOf(value).reference, 'Reference', ownBases);
    case 'Reference':
      return ofReference(objectOf(value), ownBases);
    case 'canonical':
    case 'uri':
    case 'url':
    case 'oid':
    case 'uuid':
      return ofCanonical(textOf(value));
    case 'string':
      return ofText(textOf(value), undefined, ownBases);
    default: {
      // A resource in a Bundle counts as a reference to it.
      const { resourceType, id } = objectOf(value);
      if (typeof resourceType !== 'string' || typeof id !== 'string') return [];
      return [{ ...nothing, targetType: resourceType, id }];
    }
  }
}

const nothing: ReferenceValue = {
  type: 'reference',
  targetType: undefined,
  id: undefined,
  url: undefined,
  version: undefined,
  identifier: undefined,
  text: undefined,
};

function ofReference(
  { reference, type, identifier, display }: JsonObject,
  ownBases: readonly string[],
): ReferenceValue[] {
  const targetType = textOf(type);
  const values = ofText(textOf(reference), targetType, ownBases);
  const { system, value } = objectOf(identifier);
  const named = textOf(value);
  if (named !== undefined) {
    values.push({ ...nothing, targetType, identifier: { system: textOf(system) ?? '', value: named } });
  }
  const words = textOf(display);
  if (words !== undefined) values.push({ ...nothing, targetType, text: normaliseString(words) });
  return values;
}

const relative = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/([A-Za-z0-9.-]{1,64}))?$/;
const absolute =
  /^(?:[a-z][a-z0-9+.-]*:.*?)\/([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/([A-Za-z0-9.-]{1,64}))?$/i;

/** Relative references that were read a moment ago: the resources of a batch refer to the same few, and each by several parameters. */
const known = new Map<string, ReferenceValue>();
const mostKnown = 5_000;

function ofText(text: string | undefined, type: string | undefined, ownBases: readonly string[]): ReferenceValue[] {
  if (text === undefined) return [];
  // It begins with a type, hence with no base.
  const own = known.get(text);
  if (own !== undefined) return [own];
  if (text.startsWith('#')) return [];
  const base = ownBases.find((one) => text.startsWith(`${one}/`));
  const local = base === undefined ? text : text.slice(base.length + 1);
  const match = relative.exec(local);
  if (match !== null && isResourceType(match[1]!) && isId(match[2]!)) {
    const value = { ...nothing, targetType: match[1], id: match[2], version: match[3] };
    if (base === undefined) {
      if (known.size >= mostKnown) known.clear();
      known.set(text, value);
    }
    return [value];
  }
  const elsewhere = absolute.exec(text);
  if (elsewhere === null || !isResourceType(elsewhere[1]!)) return ofCanonical(text, type);
  const version = elsewhere[3];
  const url = version === undefined ? text : text.slice(0, -`/_history/${version}`.length);
  return [{ ...nothing, targetType: elsewhere[1], url, version }];
}

/** https://hl7.org/fhir/R5/references.html#canonical */
function ofCanonical(text: string | undefined, targetType?: string): ReferenceValue[] {
  if (text === undefined || text.startsWith('#')) return [];
  const bar = text.lastIndexOf('|');
  if (bar < 0) return [{ ...nothing, targetType, url: text }];
  return [{ ...nothing, targetType, url: text.slice(0, bar), version: text.slice(bar + 1) }];
}

export function addReference(rows: RowBuilder, plan: PlannedParameter, reference: ReferenceValue): void {
  for (const text of referenceTexts(reference)) rows.key(keyOf(plan.refers, text));
  const { identifier, text, id } = reference;
  if (plan.extractor.leadsAnywhere && id !== undefined) rows.key(keyOf(plan.refers, untypedText(id)));
  if (identifier !== undefined) {
    const { system, value } = identifier;
    rows.key(keyOf(plan.identifier, tokenText.code(value)));
    rows.key(keyOf(plan.identifier, tokenText.coding(system, value)));
    if (system !== '') rows.key(keyOf(plan.identifier, tokenText.system(system)));
  }
  if (text !== undefined) addText(rows, plan.text, text);
}
