import type { Condition } from '../condition/condition.ts';
import { isResourceType } from '@dhp/fhir-model';

/**
 * The resources of a type that the caller may see: all, none, or those that meet a condition. A search calls it for every type that it
 * touches: those that it returns, those to which chains and `_has` lead, and those that it includes.
 */
export type ReadPermission = (type: string) => Condition | boolean;

const nothing: Condition = { op: 'any', of: [] };

/**
 * The condition with the access condition added for every resource that it mentions. Conditions of the access rules on other resources are
 * not changed.
 */
export function permitted(type: string, where: Condition, access: ReadPermission): Condition {
  if (!isResourceType(type)) return nothing;
  const rule = access(type);
  if (rule === false) return nothing;
  const asked = inside(where, access);
  return rule === true ? asked : { op: 'all', of: [asked, rule] };
}

/** The condition with the access condition added at the other ends of its references. */
export function inside(condition: Condition, access: ReadPermission): Condition {
  switch (condition.op) {
    case 'all':
    case 'any':
      return { ...condition, of: condition.of.map((each) => inside(each, access)) };
    case 'not':
      return { ...condition, of: inside(condition.of, access) };
    case 'refers':
    case 'referred':
      return { ...condition, where: permitted(condition.type, condition.where, access) };
    case 'keys':
    case 'present':
    case 'term':
    case 'number':
    case 'quantity':
    case 'repetition':
    case 'string':
    case 'date':
    case 'last-updated':
    case 'id':
    case 'patient':
    case 'near':
    case 'full-text':
    case 'version':
    case 'boundary':
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
      return condition;
  }
}
