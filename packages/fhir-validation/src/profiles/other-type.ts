import { elementsOf, type ElementModel } from '@dhp/fhir-model';
import { shapeOf } from '../base/shape.ts';
import type { Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { Overlay } from './overlay.ts';

/**
 * Checks a resource of one type against a profile on another one, which it claims by mistake: each element that the profile has not,
 * those that it requires, and its own constraints. When none of that is wrong, the mistake itself is.
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

/** Tells the elements that the type of the profile has not, and those that are of another type there. */
function checkElements({ type: wanted, url: profile }: Overlay, resource: Json, type: string, run: Run): void {
  const { members } = shapeOf(type);
  const told = new Set<string>();
  for (const name in resource) {
    const member = members.get(name);
    if (member === undefined || told.has(member.label)) continue;
    told.add(member.label);
    const model = elementsOf(wanted)?.get(member.element.name);
    if (model?.types.includes(member.type) === true || isId(member.element, model)) continue;
    const value = resource[name];
    const count = Array.isArray(value) ? value.length : -1;
    for (let i = count < 0 ? -1 : 0; i < Math.max(count, 0); i += 1) {
      run.enter(member.label, i);
      if (model === undefined) run.report('profile-element-not-allowed', { element: member.element.name, profile });
      else run.report('type-not-allowed', { found: member.type, allowed: model.types.join(', '), profile });
      run.leave();
    }
  }
}

/** Ids of resources and of elements are named by types of their own, and either is the id. https://hl7.org/fhir/R5/element.html#id */
const isId = ({ name }: ElementModel, model: ElementModel | undefined): boolean => name === 'id' && model !== undefined;

/** Whether a resource has an element of another type, by one of its names. */
function isThere({ name, types, choice }: ElementModel, resource: Json): boolean {
  const names = choice ? types.map((one) => name + one.charAt(0).toUpperCase() + one.slice(1)) : [name];
  return names.some((one) => resource[one] !== undefined || resource[`_${one}`] !== undefined);
}
