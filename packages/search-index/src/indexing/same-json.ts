/** Values of JSON that are compared with those of resources before. */

/** Members by whose text values that are the same are looked for; in this order. */
const names = ['coding', 'code', 'reference', 'concept', 'actor', 'profile'] as const;

/**
 * A text that equal values have in common: the code of codes, the target of references. Undefined if such values hardly ever repeat, such as
 * names and numbers.
 */
export function nameOfJson(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return nameOfJson(value[0]);
  const object = value as Readonly<Record<string, unknown>>;
  for (const name of names) {
    const member = object[name];
    if (member !== undefined) return nameOfJson(member);
  }
  return undefined;
}

/** Whether two values of JSON have the same members with the same values. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || other.length !== one.length) return false;
    for (let n = 0; n < one.length; n += 1) if (!isSameJson(one[n], other[n])) return false;
    return true;
  }
  if (Array.isArray(other)) return false;
  let count = 0;
  for (const name in one) {
    // The one name under which an object has a value that is not its own and no function.
    if (name === '__proto__') return false;
    const member = (other as Readonly<Record<string, unknown>>)[name];
    if (!isSameJson((one as Readonly<Record<string, unknown>>)[name], member)) return false;
    count += 1;
  }
  for (const _ in other) count -= 1;
  return count === 0;
}

/** Characters and members of a value that may be kept. */
const most = 2_000;

/** Whether a value is small enough to be kept. */
export function isSmallJson(value: unknown): boolean {
  return sizeOf(value, most) <= most;
}

function sizeOf(value: unknown, upTo: number): number {
  if (typeof value === 'string') return value.length + 8;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 16;
  for (const name in value) {
    size += 8 + sizeOf((value as Readonly<Record<string, unknown>>)[name], upTo - size);
    if (size > upTo) return size;
  }
  return size;
}
