import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';
import { shapeOf, type Member } from '../base/shape.ts';
import { isObject, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { Overlay } from './overlay.ts';

/**
 * Checks a resource against a profile on another type, which it claims by mistake. Reports elements that the type of the profile does not
 * have, missing required elements, and violated constraints. If there are none, the wrong claim itself is the error.
 */
export function checkOtherType(overlay: Overlay, resource: Json, type: string, run: Run): void {
  const before = run.issues.length;
  checkElements(overlay, resource, type, run);
  for (const element of elementsOf(overlay.type)?.values() ?? []) {
    if (element.min > 0 && !isThere(element, resource))
      run.report('element-missing', { element: element.name, min: element.min, count: 0, profile: overlay.url });
  }
  overlay.checkNode(
    overlay.root,
    { value: resource, sibling: undefined, type: overlay.type, label: '', index: -1 },
    run,
  );
  const values = { profile: overlay.url, expected: overlay.type, found: type };
  run.report('profile-for-other-type', values, run.issues.length > before ? 'information' : 'error');
}

/** A type with the URL of its definition or of the profile that requires it. */
type Wanted = Pick<Overlay, 'type' | 'url'>;

/**
 * Checks the elements of a value against the only type that a profile allows, which is not the value's type. That mistake itself was
 * already reported.
 */
export function checkAsOtherType(value: Json, type: string, wanted: string, run: Run): void {
  checkElements({ type: wanted, url: `http://hl7.org/fhir/StructureDefinition/${wanted}` }, value, type, run);
}

/** Reports elements that the required type does not have, and elements that have another type in it. */
function checkElements({ type: wanted, url: profile }: Wanted, value: Json, type: string, run: Run): void {
  const { members } = shapeOf(type);
  const told = new Set<string>();
  const isPrimitive = typeOf(wanted)?.kind === 'primitive';
  for (const name in value) {
    const member = members.get(name);
    if (member === undefined || told.has(member.label)) continue;
    told.add(member.label);
    const model = elementsOf(wanted)?.get(member.element.name);
    if (model?.types.includes(member.type) === true || isId(member.element, model)) continue;
    eachItem(value[name], member, run, (item) => {
      // The `value` of a primitive has no named type.
      if (isPrimitive && member.element.name === 'value')
        run.report('type-not-allowed', { found: member.type, allowed: wanted, profile });
      else if (model === undefined)
        run.report('profile-element-not-allowed', { element: member.element.name, profile });
      else checkValue(item, member.type, model, profile, run);
    });
  }
}

/** Calls `visit` for each item of a member, with the run at its place. */
function eachItem(value: unknown, { label }: Member, run: Run, visit: (item: unknown) => void): void {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  run.spend(items.length);
  for (const [i, item] of items.entries()) {
    run.enter(label, Array.isArray(value) ? i : -1);
    visit(item);
    run.leave();
  }
}

/**
 * Checks a value whose type differs from that of the required element. If that is a backbone element, its type has no name, so each unknown
 * child is reported instead of the type; a primitive has no children.
 */
function checkValue(value: unknown, type: string, { types }: ElementModel, profile: string, run: Run): void {
  const [wanted = ''] = types;
  const kind = types.length === 1 ? typeOf(wanted)?.kind : undefined;
  if (kind !== 'backbone' || !isObject(value))
    run.report('type-not-allowed', { found: type, allowed: types.join(', '), profile });
  if ((kind !== 'backbone' && kind !== 'primitive') || !isObject(value)) return;
  for (const name in value) {
    const member = shapeOf(type).members.get(name);
    if (member === undefined || member.isSibling || elementsOf(wanted)?.has(member.element.name) === true) continue;
    eachItem(value[name], member, run, () => {
      run.report('profile-element-not-allowed', { element: member.element.name, profile });
    });
  }
}

/** Ids of resources and of elements have different types, but both are accepted as id. https://hl7.org/fhir/R5/element.html#id */
const isId = ({ name }: ElementModel, model: ElementModel | undefined): boolean => name === 'id' && model !== undefined;

/** Whether a resource has an element of another type, under any of its JSON names. */
function isThere({ name, types, choice }: ElementModel, resource: Json): boolean {
  const names = choice ? types.map((one) => name + one.charAt(0).toUpperCase() + one.slice(1)) : [name];
  return names.some((one) => resource[one] !== undefined || resource[`_${one}`] !== undefined);
}
