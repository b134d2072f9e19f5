import { typeOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

const mustSupport = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-type-must-support';

/** Statements that are not allowed on the root element of a snapshot, or on any element of a new type. */
const notAtRoot = 'sliceName slicing requirements nameReference defaultValue fixed pattern example minValue maxValue';
const forbidden = {
  profileRoot: [...notAtRoot.split(' '), 'meaningWhenMissing', 'maxLength'],
  typeRoot: notAtRoot.split(' '),
  typeElement: ['sliceName', 'fixed', 'pattern', 'minValue', 'maxValue'],
} as const;

/**
 * Checks the required and the forbidden statements of a snapshot element. https://hl7.org/fhir/R5/elementdefinition.html#interpretation
 * @param isProfile true for a profile, false for the definition of a type
 */
export function checkSnapshotElement(element: Json, isProfile: boolean, run: Run): void {
  const { path, id } = element;
  if (typeof path !== 'string') return;
  const isRoot = !path.includes('.');
  if (typeof id === 'string' && id.includes('.')) checkContent(element, id, run);
  checkMustSupport(element, path, run);
  const names = isRoot ? forbidden[isProfile ? 'profileRoot' : 'typeRoot'] : isProfile ? [] : forbidden.typeElement;
  for (const name of names)
    if (states(element, name)) run.report('definition-not-in-snapshot', { element: name, path: shown(path) });
  if (isProfile || isRoot) return;
  for (const name of ['min', 'max'])
    if (element[name] === undefined) run.report('definition-snapshot-lacks', { element: name, path: shown(path) });
}

/** Whether an element has a member with this name, or with this name and a type suffix (`fixedCode`). */
const states = (element: Json, name: string): boolean =>
  element[name] !== undefined ||
  Object.keys(element).some((one) => one.startsWith(name) && /^[A-Z]/.test(one.slice(name.length)));

/**
 * Every element except the root needs types or a contentReference. A fixed or pattern value of a primitive type needs an element that does
 * not repeat, and a fixed value needs a primitive type.
 */
function checkContent(element: Json, id: string, run: Run): void {
  const isTyped = listOf(element['type']).some(
    (type) => isObject(type) && (type['code'] !== undefined || type['extension'] !== undefined),
  );
  if (!isTyped && element['contentReference'] === undefined) {
    run.report('definition-without-type', { id: shown(id) });
    return;
  }
  const isRepeated = element['max'] !== '0' && element['max'] !== '1';
  for (const name of Object.keys(element)) {
    const [, kind, suffix] = /^(fixed|pattern)([A-Z]\w*)$/.exec(name) ?? [];
    if (kind === undefined || suffix === undefined) continue;
    const type = typeOf(suffix) === undefined ? suffix.charAt(0).toLowerCase() + suffix.slice(1) : suffix;
    const isPrimitive = typeOf(type)?.kind === 'primitive';
    run.enter(`${kind}.ofType(${type})`, -1);
    if (isPrimitive && isRepeated) run.report('definition-value-repeats', { id: shown(id) });
    if (!isPrimitive && kind === 'fixed') run.report('definition-value-complex', { type });
    run.leave();
  }
}

/** A type with must-support requires that its element has must-support. */
function checkMustSupport(element: Json, path: string, run: Run): void {
  if (element['mustSupport'] === true) return;
  const isTyped = listOf(element['type']).some(
    (type) =>
      isObject(type) &&
      [type, ...listOf(type['_profile']), ...listOf(type['_targetProfile'])].some(
        (one) => isObject(one) && isMust(one),
      ),
  );
  if (isTyped) run.report('definition-type-support', { path: shown(path) });
}

const isMust = ({ extension }: Json): boolean =>
  listOf(extension).some((one) => isObject(one) && one['url'] === mustSupport && one['valueBoolean'] === true);
