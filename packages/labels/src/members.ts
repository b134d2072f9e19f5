/** The types that inherit the labels of the resources that they group. */

/** Types that inherit. */
export const containerTypes = ['Bundle', 'Composition', 'DiagnosticReport', 'List'] as const;

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns `Type/id` of each resource of this server in the sections of a Composition, the results of a DiagnosticReport, or the entries of a
 * List or a Bundle; and those in such resources that it contains.
 * @param ownBases bases of this server, under which absolute references are local
 * @example
 * membersOf({ resourceType: 'List', entry: [{ item: { reference: 'Observation/1' } }] }, []); // ['Observation/1']
 */
export function membersOf(resource: Json, ownBases: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (reference: unknown): void => {
    const name = localName(reference, ownBases);
    if (name !== undefined) found.add(name);
  };
  const open: Json[] = [resource];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    switch (next['resourceType']) {
      case 'DiagnosticReport':
        for (const result of objects(next['result'])) add(result['reference']);
        break;
      case 'List':
        for (const { item } of objects(next['entry'])) for (const each of objects(item)) add(each['reference']);
        break;
      case 'Composition':
        addSections(next, add);
        break;
      case 'Bundle':
        for (const { fullUrl, resource: own } of objects(next['entry'])) {
          add(fullUrl);
          open.push(...objects(own));
        }
        break;
    }
    open.push(...objects(next['contained']));
  }
  return [...found];
}

function addSections(composition: Json, add: (reference: unknown) => void): void {
  const open = objects(composition['section']);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { reference } of objects(next['entry'])) add(reference);
    open.push(...objects(next['section']));
  }
}

/** The objects of a list; of one object a list of it. */
function objects(value: unknown): Json[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((each): each is Json => typeof each === 'object' && each !== null && !Array.isArray(each));
}

/** Undefined unless it leads to a resource of this server. A version is a part of the resource. */
function localName(reference: unknown, ownBases: readonly string[]): string | undefined {
  if (typeof reference !== 'string') return undefined;
  const base = ownBases.find((one) => reference.startsWith(`${one}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  return /^([A-Z][A-Za-z]*\/[A-Za-z\d.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(local)?.[1];
}
