/** The part of the store that is about labels. */
import { containerTypes, membersOf, type LabelDefinition } from '@dhp/labels';
import type { Unlabelled } from '@dhp/search-index/labels';
import { hash64, referenceText } from '@dhp/search-index/keys';
import { createBatcher } from '@dhp/postgres';
import { servingConnections } from '../connections.ts';
import type { Pools } from '../pools.ts';
import {
  selectLabels,
  selectOwnLabels,
  selectUnlabelled,
  type AskedLabels,
  type AskedUnlabelled,
} from '../statements/labels.ts';
import {
  insertLabelDefinition,
  selectLabelling,
  selectLabelRules,
  type LabelPhase,
} from '../statements/label-definitions.ts';
import { guarded } from '../store-unavailable.ts';
import { buildLabels, type LabelBuild } from './build-labels.ts';
import type { Labelling } from './label-row.ts';

/** Progress of labelling the stored resources by the rules in force. */
export interface LabelProgress {
  readonly complete: boolean;
  /** Percentage of the stored resources, estimated from row numbers. */
  readonly percent: number;
  /** Labels that are withheld: all that the rules guard when it is complete. */
  readonly withheld: readonly string[];
}

/** A resource that is stored, or about to be; `id` is '' if it has no id yet. */
export interface LabelCandidate {
  readonly type: string;
  readonly id: string;
  readonly resource: Readonly<Record<string, unknown>>;
  /** It is about to be stored: the labels of resources that it groups are not considered. */
  readonly isSent: boolean;
}

export interface LabelStore {
  /**
   * Brings rules into force; does nothing if they, or rules of later access policies, are in force.
   * @param definition undefined: there are no labels any more
   * @param generation of the access policies that contain them
   */
  define(definition: LabelDefinition | undefined, generation: number): Promise<void>;
  /** The newest of them; undefined if there are no labels. */
  definition(): Promise<LabelDefinition | undefined>;
  /** Whether there are any, as far as this process knows. */
  areDefined(): boolean;
  /** Undefined if there are no labels. */
  progress(): Promise<LabelProgress | undefined>;
  /**
   * Labels the versions without labels by the rules in force. It continues where it stopped, by this server or another. @returns the number
   * of versions examined
   */
  build(options?: LabelBuild): Promise<number>;
  /** Whether a given resource has none of the labels, at this moment. */
  unlabelled(candidate: LabelCandidate, condition: Unlabelled): Promise<boolean>;
  /** The labels of resources, including inherited ones; undefined for a resource that groups too many. */
  of(resources: readonly { type: string; id: string }[]): Promise<readonly (readonly string[] | undefined)[]>;
  /** The same without inherited labels. */
  ownOf(resources: readonly { type: string; id: string }[]): Promise<readonly (readonly string[])[]>;
}

const containers: ReadonlySet<string> = new Set(containerTypes);

/** Questions in one statement, whether something has a label: a transaction asks of each of its writes. */
const maxBatch = 64;

export function createLabelStore(
  { pages, writes }: Pick<Pools, 'pages' | 'writes'>,
  known: { readonly labelling: () => Labelling | undefined; readonly refresh: () => Promise<void> },
  ownBases: readonly string[],
): LabelStore {
  const questions = createBatcher<AskedUnlabelled, boolean>({
    name: 'labels',
    concurrency: servingConnections.pages,
    maxBatch,
    gather: true,
    onError: 'fail',
    run: (asked) => selectUnlabelled(pages, asked),
  });
  return {
    define: (definition, generation) =>
      guarded(async () => {
        const rules = definition && JSON.stringify(definition);
        await insertLabelDefinition(writes, { rules, generation });
        await known.refresh();
      }),
    definition: () =>
      guarded(async () => {
        const newest = await selectLabelling(pages);
        const rules = newest && (await selectLabelRules(pages, newest.number));
        return rules === undefined ? undefined : (JSON.parse(rules) as LabelDefinition);
      }),
    areDefined: () => known.labelling() !== undefined,
    progress: () => guarded(async () => progressOf(await selectLabelling(pages))),
    build: (options) => guarded(() => buildLabels(writes, ownBases, options)),
    unlabelled: ({ type, id, resource, isSent }, { none }) =>
      guarded(async () => {
        const own = known.labelling()?.read(resource) ?? [];
        if (own.some((label) => none.includes(label))) return false;
        const members = isSent || !containers.has(type) ? [] : membersOf(resource, ownBases);
        const names = [referenceText(type, id), ...members];
        return questions.submit({ owns: names.map((name) => hash64(name)), none });
      }),
    of: (resources) => guarded(() => selectLabels(pages, resources.map(askedOf))),
    ownOf: (resources) => guarded(() => selectOwnLabels(pages, resources.map(askedOf))),
  };
}

function askedOf({ type, id }: { readonly type: string; readonly id: string }): AskedLabels {
  return { own: hash64(referenceText(type, id)), inherits: containers.has(type) };
}

function progressOf(row: Awaited<ReturnType<typeof selectLabelling>>): LabelProgress | undefined {
  if (row?.rules === undefined) return undefined;
  const { phase, rid, end, withheld } = row;
  const begun: Record<LabelPhase, number> = { current: 0, before: 50, complete: 100 };
  const within = phase === 'complete' ? 0 : Math.floor((49 * Math.max(0, rid)) / Math.max(1, end));
  return { complete: phase === 'complete', percent: begun[phase] + within, withheld };
}
