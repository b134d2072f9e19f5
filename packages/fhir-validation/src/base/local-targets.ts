import { isObject, type Json } from '../json.ts';

/** Targets of references within the validated resource, indexed once for each container, because every reference looks them up. */
export class LocalTargets {
  // Each is made when it is requested: most resources have no use for any.
  #contained: Map<Json, ReadonlyMap<string, Json>> | undefined;
  #entries: Map<Json, Entries> | undefined;
  #ids: Map<Json, Map<string, number>> | undefined;
  #told: Set<Json> | undefined;

  /** The contained resource with this id. */
  contained(container: Json, id: string): Json | undefined {
    let known = this.#contained?.get(container);
    if (known === undefined) {
      known = containedIn(container);
      (this.#contained ??= new Map()).set(container, known);
    }
    return known.get(id);
  }

  /** The resource of the entry with this fullUrl. */
  entry(bundle: Json, fullUrl: string): Json | undefined {
    return this.#entriesOf(bundle).byUrl.get(fullUrl);
  }

  /** The resources of all entries with this fullUrl: as a rule there is one. */
  entries(bundle: Json, fullUrl: string): readonly Json[] {
    return this.#entriesOf(bundle).all.get(fullUrl) ?? [];
  }

  /** The fullUrl of the entry that holds a resource. */
  fullUrl(bundle: Json, resource: Json): string | undefined {
    return this.#entriesOf(bundle).urls.get(resource);
  }

  /** Whether the address of an entry's resource has not been reported yet: it is reported once, whatever references lead from it. */
  isNews(resource: Json): boolean {
    this.#told ??= new Set();
    if (this.#told.has(resource)) return false;
    this.#told.add(resource);
    return true;
  }

  /** Whether a resource belongs to an entry of the Bundle, and not to a Bundle within an entry. */
  holds(bundle: Json, resource: Json): boolean {
    return this.#entriesOf(bundle).held.has(resource);
  }

  /** The addresses of the entries whose resource has this type and id (`Patient/1`); undefined for an entry without an address. */
  urlsOf(bundle: Json, name: string): readonly (string | undefined)[] {
    return this.#entriesOf(bundle).named.get(name) ?? [];
  }

  /** Every id in a resource, of elements and of contained resources, and the ids and anchors of its narratives, with how many elements have it. */
  idsIn(resource: Json, payer: { spend(units: number): void }): ReadonlyMap<string, number> {
    let known = this.#ids?.get(resource);
    if (known === undefined) {
      known = new Map();
      addIds(resource, known, payer);
      (this.#ids ??= new Map()).set(resource, known);
    }
    return known;
  }

  #entriesOf(bundle: Json): Entries {
    let known = this.#entries?.get(bundle);
    if (known === undefined) {
      known = entriesIn(bundle);
      (this.#entries ??= new Map()).set(bundle, known);
    }
    return known;
  }
}

interface Entries {
  readonly byUrl: ReadonlyMap<string, Json>;
  readonly all: ReadonlyMap<string, readonly Json[]>;
  readonly urls: ReadonlyMap<Json, string>;
  readonly held: ReadonlySet<Json>;
  /** By type and id of the resource. */
  readonly named: ReadonlyMap<string, readonly (string | undefined)[]>;
}

/** Indexes contained resources by id. If several have the same id, the first counts, as in the rules of R5. */
function containedIn({ contained }: Json): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  for (const one of Array.isArray(contained) ? (contained as unknown[]) : []) {
    if (isObject(one) && typeof one['id'] === 'string' && !found.has(one['id'])) found.set(one['id'], one);
  }
  return found;
}

function entriesIn({ entry }: Json): Entries {
  const byUrl = new Map<string, Json>();
  const all = new Map<string, Json[]>();
  const urls = new Map<Json, string>();
  const held = new Set<Json>();
  const named = new Map<string, (string | undefined)[]>();
  for (const one of Array.isArray(entry) ? (entry as unknown[]) : []) {
    if (!isObject(one) || !isObject(one['resource'])) continue;
    const { resource, fullUrl } = one as { resource: Json; fullUrl?: unknown };
    const url = typeof fullUrl === 'string' ? fullUrl : undefined;
    held.add(resource);
    if (url !== undefined) {
      if (!byUrl.has(url)) byUrl.set(url, resource);
      urls.set(resource, url);
      addTo(all, url, resource);
    }
    addTo(named, `${String(resource['resourceType'])}/${String(resource['id'])}`, url);
  }
  return { byUrl, all, urls, held, named };
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}

function addIds(value: unknown, found: Map<string, number>, payer: { spend(units: number): void }): void {
  if (typeof value !== 'object' || value === null) return;
  payer.spend(1);
  for (const [name, part] of Object.entries(value)) {
    if (typeof part === 'object') addIds(part, found, payer);
    else if (typeof part !== 'string') continue;
    else if (name === 'id') found.set(part, (found.get(part) ?? 0) + 1);
    else if (name === 'div') {
      payer.spend(part.length / 16);
      for (const [, id] of part.matchAll(/\s(?:id|name)\s*=\s*["']([^"']*)["']/g))
        if (!found.has(id!)) found.set(id!, 0);
    }
  }
}
