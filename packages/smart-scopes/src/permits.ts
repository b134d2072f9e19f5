/** Decides which requests scopes permit, and which scopes a registration covers. */
import { parseScope, permissionOrder, type Permission, type ResourceScope } from './grammar.ts';

/** Types that `*` does not include, since they record the acts of others: a scope permits something on them only if it names the type. */
export const namedOnly: ReadonlySet<string> = new Set(['AuditEvent', 'Provenance']);

/**
 * Whether a client that is registered for `allowed` may have the scope `asked`.
 *
 * A resource scope is covered by one allowed scope of the same context with the same type (or `*`), at least its permissions, and no
 * narrower query; two allowed scopes are never combined. Every other word (`openid`, `launch/patient`) is covered only by itself.
 * @example
 * covers(['system/*.cruds'], 'system/Patient.rs'); // true
 */
export function covers(allowed: readonly string[], asked: string): boolean {
  return coverageOf(allowed)(asked);
}

/**
 * `covers` for many scopes: the allowed ones are parsed once, and each question only searches those of its context and type.
 * @example
 * coverageOf(['openid', 'patient/*.rs'])('patient/Patient.c'); // false
 */
export function coverageOf(allowed: readonly string[]): (asked: string) => boolean {
  const words = new Set(allowed);
  // Permissions by context, type and query; there are at most as many as sets of permissions.
  const byPlace = new Map<string, Map<string, ReadonlySet<Permission>>>();
  for (const { context, type, query, permissions } of [...words].flatMap((token) => parseScope(token) ?? [])) {
    const place = placeOf(context, type, query);
    let sets = byPlace.get(place);
    if (sets === undefined) byPlace.set(place, (sets = new Map<string, ReadonlySet<Permission>>()));
    sets.set([...permissions].join(''), permissions);
  }
  return (asked) => {
    const wanted = parseScope(asked);
    if (wanted === undefined) return words.has(asked);
    const { context, type, query, permissions } = wanted;
    const types = namedOnly.has(type) ? [type] : [type, '*'];
    const places = types.flatMap((one) => [placeOf(context, one, query), placeOf(context, one, undefined)]);
    const sets = places.flatMap((place) => [...(byPlace.get(place)?.values() ?? [])]);
    return sets.some((given) => [...permissions].every((permission) => given.has(permission)));
  };
}

/** A query begins with `?`, so that an absent one differs from every other. */
function placeOf(context: string, type: string, query: string | undefined): string {
  return `${context}/${type}${query === undefined ? '' : `?${query}`}`;
}

/**
 * Whether one of the scopes permits the interaction on resources of this type. The context and the query are not checked: the code that
 * knows the resource decides whose record it is, and which resources match the query.
 * @param type a resource type; `*` asks for a permission on every type
 * @example
 * permits([parseScope('system/Patient.rs')!], 'c', 'Patient'); // false
 */
export function permits(scopes: readonly ResourceScope[], permission: Permission, type: string): boolean {
  return scopes.some((scope) => isOfType(scope, type) && scope.permissions.has(permission));
}

/**
 * Returns the scope of everything that both scopes permit.
 * @returns undefined if they have nothing in common; two different queries must both be met, like the parameters of a search
 * @example
 * const both = intersection(parseScope('user/*.rs')!, parseScope('user/Patient.cr')!);
 * both && formatScope(both); // 'user/Patient.r'
 */
export function intersection(a: ResourceScope, b: ResourceScope): ResourceScope | undefined {
  if (a.context !== b.context) return undefined;
  if (!isOfType(a, b.type) && !isOfType(b, a.type)) return undefined;
  const shared = permissionOrder.filter((permission) => a.permissions.has(permission) && b.permissions.has(permission));
  if (shared.length === 0) return undefined;
  const queries = [...new Set([a.query, b.query].filter((query) => query !== undefined))];
  const query = queries.length === 0 ? undefined : queries.join('&');
  return {
    context: a.context,
    type: a.type === '*' ? b.type : a.type,
    permissions: new Set(shared),
    ...(query === undefined ? {} : { query }),
  };
}

/** Whether the type of a scope is the given one, or includes it. `*` as the given type means all types that it includes. */
function isOfType(scope: ResourceScope, type: string): boolean {
  return scope.type === type || (scope.type === '*' && !namedOnly.has(type));
}
