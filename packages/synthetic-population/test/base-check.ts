import { memberOf, typeOf, type MemberModel } from '@dhp/fhir-model';

const primitives: Record<string, RegExp> = {
  id: /^[A-Za-z0-9.-]{1,64}$/,
  date: /^\d{4}(-\d{2}(-\d{2})?)?$/,
  dateTime: /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$/,
  instant: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
  code: /^\S+( \S+)*$/,
  uri: /^\S+$/,
  canonical: /^\S+$/,
  string: /^[\s\S]*\S[\s\S]*$/,
  markdown: /^[\s\S]*\S[\s\S]*$/,
};

/** Faults of a resource against the table of R5: unknown members, cardinality, primitive form, reference targets. */
export function baseFaults(resource: { resourceType: string }): string[] {
  const faults: string[] = [];
  checkObject(resource, resource.resourceType, resource.resourceType, faults);
  return faults;
}

function checkObject(node: Record<string, unknown>, type: string, path: string, faults: string[]): void {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(node)) {
    if (name === 'resourceType' && !path.includes('.')) continue;
    const member = memberOf(type, name);
    if (!member) {
      faults.push(`${path}.${name}: unknown`);
      continue;
    }
    seen.add(member.element.name);
    checkMember(value, member, `${path}.${name}`, faults);
  }
  for (const element of typeOf(type)?.elements.values() ?? []) {
    if (element.min > 0 && !seen.has(element.name)) faults.push(`${path}.${element.name}: missing`);
  }
  if (seen.size === 0) faults.push(`${path}: empty`);
}

function checkMember(value: unknown, member: MemberModel, path: string, faults: string[]): void {
  const many = member.element.max > 1;
  if (many !== Array.isArray(value)) {
    faults.push(`${path}: ${many ? 'must' : 'must not'} be an array`);
    return;
  }
  const values = many ? (value as unknown[]) : [value];
  if (values.length === 0) faults.push(`${path}: empty array`);
  for (const one of values) {
    if (one === null && member.isSibling) continue;
    if (member.isSibling) checkObject(one as Record<string, unknown>, 'Element', path, faults);
    else checkValue(one, member, path, faults);
  }
}

function checkValue(value: unknown, member: MemberModel, path: string, faults: string[]): void {
  const { kind } = typeOf(member.type)!;
  if (kind === 'primitive' || member.type.startsWith('http')) {
    const isNumber = ['integer', 'decimal', 'positiveInt', 'unsignedInt'].includes(member.type);
    const wanted = member.type === 'boolean' ? 'boolean' : isNumber ? 'number' : 'string';
    if (
      typeof value !== wanted ||
      !isRealDate(member.type, value) ||
      primitives[member.type]?.test(value as string) === false
    ) {
      faults.push(`${path}: ${JSON.stringify(value)} is no ${member.type}`);
    }
    return;
  }
  const object = value as Record<string, unknown>;
  checkObject(object, member.type, path, faults);
  const target =
    member.type === 'Reference'
      ? object.reference
      : (object.reference as Record<string, unknown> | undefined)?.reference;
  const { targets } = member.element;
  if (typeof target === 'string' && targets && !targets.includes('Resource')) {
    const type = target.slice(0, target.indexOf('/'));
    if (!targets.includes(type)) faults.push(`${path}: may not refer to ${type}`);
  }
}

/** Whether the calendar has the day that a date, dateTime or instant names. */
function isRealDate(type: string, value: unknown): boolean {
  if (!['date', 'dateTime', 'instant'].includes(type)) return true;
  const [year, month = 1, day = 1] = String(value).slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(year!, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
