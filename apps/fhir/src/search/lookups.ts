/**
 * Lookups that some searches need first: the codes of a value set, the members of a List, the parts of a hierarchy. The latter two find
 * only resources that the caller may see.
 */
import { payForParsing } from '../http/cost.ts';
import type { Budget } from '@dhp/budget';
import type { JsonResource, LookupServices, ParseOptions, ResourceName } from '@dhp/fhir-search';
import { type Condition, conditionOf } from '@dhp/search-index';
import { referencesOf } from '@dhp/search-index/rows';
import type { ReadPermission, ResourceStore, StoredVersion } from '@dhp/fhir-store';
import type { Services } from '../contract/interaction.ts';
import { fail } from '../http/errors.ts';
import { terminologyLookups } from './terminology-lookups.ts';

/** Resources of a hierarchy, or of a list of current resources, that a request may name. */
const most = 10_000;

export function lookupServices(
  { store, membershipLimit }: Pick<Services, 'store' | 'membershipLimit'>,
  access: ReadPermission,
  { options, budget }: { readonly options: ParseOptions; readonly budget: Budget },
): LookupServices {
  const visible = (type: string, where: Condition): Promise<StoredVersion[]> =>
    all(store, { access, budget }, type, where);
  const parsed = (content: Buffer): JsonResource => {
    payForParsing(budget, content);
    return JSON.parse(content.toString()) as JsonResource;
  };
  const byId = async (type: string, id: string): Promise<JsonResource | undefined> => {
    const [version] = await visible(type, { op: 'id', any: [id] });
    return version && parsed(version.content);
  };

  async function parts(type: string, parameter: string, id: string): Promise<string[]> {
    const found = await visible(type, conditionOf(type, [[parameter, `${type}/${id}`]], options));
    return found.map((version) => version.id);
  }

  async function wholes(type: string, parameter: string, id: string): Promise<string[]> {
    const resource = await byId(type, id);
    if (resource === undefined) return [];
    const references = referencesOf(resource, [parameter], { ownBases: options.ownBases, budget });
    return references.flatMap((to) => (to.type === type && to.id !== undefined ? [to.id] : []));
  }

  return {
    terminology: terminologyLookups(store, { most: membershipLimit, budget }),
    collections: {
      async members(asked) {
        const members = new Map<string, ResourceName[]>();
        for (const [type, keys] of Map.groupBy(asked, ([type]) => type)) {
          const found = await visible(type, { op: 'id', any: keys.map(([, id]) => id) });
          for (const { id, content } of found) {
            const all = membersOf(parsed(content), options);
            members.set(
              `${type}/${id}`,
              all.map((each) => ({ type: each.type, id: each.id })),
            );
          }
        }
        return asked.map(([type, id]) => members.get(`${type}/${id}`) ?? []);
      },
    },
    hierarchies: {
      async related(direction, type, parameter, id) {
        const next = direction === 'below' ? parts : wholes;
        const found = new Set([id]);
        let edge = [id];
        while (edge.length > 0) {
          const beyond = (await Promise.all(edge.map((each) => next(type, parameter, each)))).flat();
          // Known ones are not looked up again: cycles end here.
          edge = [...new Set(beyond)].filter((each) => !found.has(each));
          for (const each of edge) found.add(each);
          if (found.size > most) failTooMany(type);
        }
        return [...found];
      },
    },
  };
}

/** Units that each such search costs, the same as one search of a batch. */
const unitsOfSearch = 500;

/**
 * Returns the resources that meet a condition and that the caller may find. Fails with `operation-too-costly` if there are more than
 * 10,000: an incomplete list would be taken for the whole one.
 * @throws BudgetSpent when the request has read too many rows
 */
export async function all(
  store: ResourceStore,
  { access, budget }: { readonly access: ReadPermission; readonly budget: Budget },
  type: string,
  where: Condition,
): Promise<StoredVersion[]> {
  const query = { branches: [{ type, where }], sort: [], includes: [] };
  const found: StoredVersion[] = [];
  let cursor: string | undefined;
  do {
    budget.requireLeft(`what is looked up of ${type}`);
    budget.spend(unitsOfSearch, `what is looked up of ${type}`);
    const from = cursor === undefined ? {} : { cursor };
    const page = await store.search({ query, access, budget, count: 1_000, ...from });
    budget.take(page.matches.length, `what is looked up of ${type}`);
    found.push(...page.matches);
    cursor = page.next;
    if (found.length > most || (found.length === most && cursor !== undefined)) failTooMany(type);
  } while (cursor !== undefined);
  return found;
}

function failTooMany(type: string): never {
  const diagnostics = `More than ${most} resources of type ${type} would have to be named for it.`;
  fail('operation-too-costly', { operation: `${type}/_search` }, { diagnostics });
}

/** The element in which each type of collection keeps its members, and the condition that excludes one. */
const places = {
  CareTeam: { list: 'participant', item: 'member', isOut: () => false },
  Group: { list: 'member', item: 'entity', isOut: ({ inactive }: Item) => inactive === true },
  List: { list: 'entry', item: 'item', isOut: ({ deleted }: Item) => deleted === true },
} as const;

type Item = Readonly<Record<string, unknown>>;

/** A member, and its version if the reference names one. */
type Member = ResourceName & { readonly versionId?: number };

/** The resources of this server that a CareTeam, Group or List has as members. https://hl7.org/fhir/R5/search.html#_in */
export function membersOf(resource: JsonResource, { ownBases }: Pick<ParseOptions, 'ownBases'>): Member[] {
  const { list, item, isOut } = places[resource.resourceType as keyof typeof places];
  const items = Array.isArray(resource[list]) ? (resource[list] as unknown[]) : [];
  return items.flatMap((each) => {
    if (typeof each !== 'object' || each === null || isOut(each as Item)) return [];
    const { reference } = ((each as Item)[item] ?? {}) as { reference?: unknown };
    return typeof reference === 'string' ? (localName(reference, ownBases) ?? []) : [];
  });
}

function localName(reference: string, ownBases: readonly string[]): Member | undefined {
  const base = ownBases.find((each) => reference.startsWith(`${each}/`));
  const relative = base === undefined ? reference : reference.slice(base.length + 1);
  const [, type, id, version] = /^([A-Z][A-Za-z]*)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/(.*))?$/.exec(relative) ?? [];
  if (type === undefined || id === undefined) return undefined;
  return version === undefined ? { type, id } : { type, id, versionId: Number(version) };
}
