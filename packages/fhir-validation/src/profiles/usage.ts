import { isObject, listOf, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { UsageContext } from '../contract/definitions.ts';
import { itemsOf, type Item } from './navigate.ts';

/**
 * Whether an additional binding applies to a resource. It does if it states no usage, or if a usage matches an element that it names
 * (`Observation.category`, with the profile as system), the resource's `useContext`, or a context from the caller.
 * https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.binding.additional.usage
 * @throws BudgetSpent
 */
export function additionalApplies(usage: readonly UsageContext[] | undefined, run: Run): boolean {
  if (usage === undefined || usage.length === 0) return true;
  const { resource, usage: asked } = run;
  const stated = [...listOf(resource['useContext']), ...asked];
  // Every bound value is compared with all contexts.
  run.spend(usage.length * (1 + 2 * stated.length));
  return usage.some((wanted) => namesElement(wanted, resource) || namesContext(wanted, stated));
}

function namesElement({ code, valueCodeableConcept }: UsageContext, resource: Json): boolean {
  const [type = '', ...names] = (code.code ?? '').split('.');
  if (type !== resource['resourceType'] || names.length === 0) return false;
  let items: readonly Item[] = [{ value: resource, sibling: undefined, type, label: '', index: -1 }];
  for (const name of names) {
    items = items.flatMap(({ value, type: owner }) => (isObject(value) ? itemsOf(value, owner, name) : []));
  }
  return items.some(({ value }) => hasCoding(value, valueCodeableConcept));
}

function namesContext({ code, valueCodeableConcept }: UsageContext, contexts: readonly unknown[]): boolean {
  return contexts.some((stated) => {
    if (!isObject(stated) || !isObject(stated['code'])) return false;
    const isSameKind = stated['code']['code'] === code.code && stated['code']['system'] === code.system;
    return isSameKind && hasCoding(stated['valueCodeableConcept'], valueCodeableConcept);
  });
}

function hasCoding(value: unknown, wanted: UsageContext['valueCodeableConcept']): boolean {
  if (!isObject(value)) return false;
  const codings = value['coding'] === undefined ? [value] : listOf(value['coding']).filter(isObject);
  return (wanted?.coding ?? []).some(({ system, code }) =>
    codings.some((one) => one['code'] === code && one['system'] === system),
  );
}
