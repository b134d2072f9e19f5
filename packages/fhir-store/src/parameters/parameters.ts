/** The search parameters of the environment's own, as this server knows them. docs/decisions/0009-own-search-parameters.md */
import {
  allSearchParameters,
  definitionOf,
  type OwnDefinition,
  ownParameters,
  type OwnParameters,
  rowsName,
  SearchParameterFault,
  type SearchParameterProblem,
  typesOf,
} from '@dhp/fhir-search/parameters';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import type { DatabaseClock } from '../database-clock.ts';
import {
  readOwnParameters,
  storeOwnParameters,
  type Defined,
  type OwnParameterRows,
  type StoredParameter,
} from '../statements/own-parameters.ts';
import {
  allOf,
  ownDefinition,
  programDefinitions,
  type IndexDefinitions,
  type PlacedDefinition,
  type StoredDefinitions,
} from '../statements/index-definition.ts';
import { noLabels, readLabels, type KnownLabels, type Labelling } from '../labels/label-row.ts';
import { noteServerRun } from '../statements/server-runs.ts';
import { StoreUnavailable } from '../store-unavailable.ts';

export interface Parameters {
  /** Returns the known parameters; index rows that follow them are stored only if they are still current. */
  known: () => OwnParameters;
  /**
   * The same, for storing rows.
   * @throws StoreUnavailable when the database wants rows of a definition of the index that this program does not make
   */
  forWriting: () => OwnParameters;
  /** The label rules that were in force with the known parameters, of their generation. Undefined if there are no rules. */
  labelling: () => Labelling | undefined;
  /** Whether care links are being made, as read together with the parameters: before that none are stored. */
  linksCare: () => boolean;
  /** The known index definitions: those whose rows are stored, and the one that is searched. */
  stored: () => StoredDefinitions;
  /** Reads the parameters and definitions again, and the identity of the server. */
  refresh: () => Promise<void>;
  /** The same, after a statement was refused. @throws StoreUnavailable as `forWriting` */
  renew: () => Promise<void>;
  /** Returns parameters that were current a second ago or later; for searches. */
  current: () => Promise<OwnParameters>;
  /** Returns the known parameters, whatever their age; the next question to the database will correct them. */
  latest: () => OwnParameters;
  /** Brings them in step with the SearchParameter resources that are stored. */
  register: () => Promise<void>;
}

/** Milliseconds for which searches may rely on cached parameters. */
const goodFor = 1_000;

interface Known {
  parameters: OwnParameters;
  stored: StoredDefinitions;
  labels: KnownLabels;
  linksCare: boolean;
  /** A definition of the index whose rows the database wants and this program does not make. */
  foreign: number | undefined;
  /** Whether the run of the server is noted (`noteServerRun`): before that no rows can be stored. */
  noted: boolean;
  asked: { readonly until: number; readonly answer: Promise<void> } | undefined;
}

/** No generation of the database: index rows that follow it are not stored. */
const noGeneration = -1;

/** @param unwaited a connection whose commits need not be durable: writers that store afterwards wait for both */
export function createParameters(
  { sql, unwaited }: { readonly sql: Sql; readonly unwaited: Sql },
  memory: DatabaseMemory,
  compare: DatabaseClock['compare'],
  machine: () => number = Date.now,
  definitions: IndexDefinitions = programDefinitions,
): Parameters {
  // Nothing is known about another server. Until it answers, the earlier parameters are used, and rows are refused.
  const known = memory.part('search parameters', (before): Known => ({
    parameters: { ...(before?.parameters ?? ownParameters(0, [])), generation: noGeneration },
    stored: before?.stored ?? storedOf(definitions, {}),
    ...{ labels: noLabels, linksCare: false, noted: false },
    foreign: before?.foreign,
    asked: undefined,
  }));

  async function read(): Promise<void> {
    const asked = machine();
    const found = await readOwnParameters(sql);
    compare({ asked, said: found.now, heard: machine() });
    memory.seen(found.server);
    if (!known().noted) {
      memory.seen(await noteServerRun(unwaited));
      if (memory.server !== found.server) return read();
      known().noted = true;
    }
    const labels = await readLabels(sql, found.labels, known().labels);
    const [parameters, stored] = [parametersOf(found, known().parameters), storedOf(definitions, found)];
    const [foreign, { linksCare }] = [foreignTo(stored, found.definitions), found];
    Object.assign(known(), { labels, linksCare, parameters, stored, foreign });
  }

  function refresh(): Promise<void> {
    const [answer, of] = [read(), known()];
    const asked = { until: performance.now() + goodFor, answer };
    of.asked = asked;
    answer.then(
      () => (known().asked ??= asked),
      () => (of.asked = undefined),
    );
    return answer;
  }

  async function register(): Promise<void> {
    await storeOwnParameters(sql, defined);
    await refresh();
  }

  async function current(): Promise<OwnParameters> {
    await (isFresh(known()) ? known().asked?.answer : refresh());
    return known().parameters;
  }

  function writable(): OwnParameters {
    const { foreign, parameters } = known();
    if (foreign === undefined) return parameters;
    current().catch(() => undefined); // it may be withdrawn: then the next write finds out
    throw new StoreUnavailable('outdated', new Error(outdated(foreign, ownDefinition(definitions).version)));
  }

  return {
    known: () => known().parameters,
    forWriting: writable,
    labelling: () => known().labels.labelling,
    linksCare: () => known().linksCare,
    stored: () => known().stored,
    refresh,
    async renew() {
      await refresh();
      writable();
    },
    current,
    latest() {
      // It is called several times in each request: fresh parameters need no promise.
      if (!isFresh(known())) current().catch(() => undefined);
      return known().parameters;
    },
    register: sharing(register),
  };
}

function isFresh({ asked }: Known): boolean {
  return asked !== undefined && performance.now() <= asked.until;
}

/** Returns the same function, run one at a time: calls during a run share the next run, which sees the writes of all of them. */
function sharing(register: () => Promise<void>): () => Promise<void> {
  let registering: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;
  return () => {
    if (registering === undefined) {
      registering = register().finally(() => (registering = undefined));
      return registering;
    }
    waiting ??= registering
      .catch(() => undefined)
      .then(() => {
        waiting = undefined;
        return (registering = register().finally(() => (registering = undefined)));
      });
    return waiting;
  };
}

/** Returns the earlier parameters if nothing has changed, since caches depend on the object; an incomplete parameter has its progress. */
function parametersOf(
  { generation, rows, end, gaps, hasGaps }: OwnParameterRows,
  before: OwnParameters,
): OwnParameters {
  const isReady = rows.every(({ complete }) => complete) && gaps.size === 0;
  const wasReady = before.ready === rows.length && before.unready === 0 && before.gaps.size === 0;
  if (isReady && wasReady && generation === before.generation && hasGaps === before.hasGaps) return before;
  return ownParameters(
    generation,
    rows.map(({ id, definition, next, complete }) => ({
      id,
      definition: JSON.parse(definition) as OwnDefinition,
      unready: complete ? undefined : Math.min(99, Math.floor((100 * next) / Math.max(end, 1))),
    })),
    { gaps, hasGaps },
  );
}

/**
 * Returns the definitions of the database that this program can make. It replaces an index that it cannot make by its own, in the same
 * tables.
 */
function storedOf(
  definitions: IndexDefinitions,
  { active, next }: Partial<Pick<OwnParameterRows, 'active' | 'next'>>,
): StoredDefinitions {
  const placed = (of: OwnParameterRows['active']): PlacedDefinition | undefined => {
    const definition = definitions.find(({ version }) => version === of?.version);
    return of === undefined || definition === undefined ? undefined : { definition, tables: of.tables };
  };
  const searched = placed(active);
  return searched === undefined
    ? { active: { definition: ownDefinition(definitions), tables: active?.tables ?? 'a' }, next: undefined }
    : { active: searched, next: placed(next) };
}

function foreignTo(stored: StoredDefinitions, wanted: readonly number[]): number | undefined {
  return wanted.find((one) => !allOf(stored).some(({ definition }) => definition.version === one));
}

function outdated(version: number, own: number): string {
  return `The database wants rows of version ${version} of the search index; this program makes version ${own}`;
}

/** Returns the parameters that the resources define. Invalid definitions are left out: they were refused, or stored without the checks. */
function defined(stored: readonly StoredParameter[]): Defined[] {
  const resources = stored.map(({ content }) => JSON.parse(content) as Fields);
  return definedTogether(resources).flatMap(({ definition }, n) => {
    if (definition === undefined) return [];
    const { id, rid } = stored[n]!;
    return [{ id, rid, name: rowsName(definition), definition: JSON.stringify(definition) }];
  });
}

/**
 * Returns, for SearchParameter resources that come together, the reasons why each cannot be used in searches; empty for valid and for
 * inactive ones.
 */
export function searchParameterProblems(resources: readonly Fields[]): (readonly SearchParameterProblem[])[] {
  return definedTogether(resources).map(({ problems }) => problems);
}

type Fields = Readonly<Record<string, unknown>>;

interface Outcome {
  readonly definition: OwnDefinition | undefined;
  readonly problems: readonly SearchParameterProblem[];
}

/** Reads definitions together: if two have a code and a type in common, the first counts. */
function definedTogether(resources: readonly Fields[]): Outcome[] {
  const byUrl = new Map(resources.map((resource) => [resource['url'], resource['type']]));
  const componentType = (canonical: string): OwnDefinition['type'] | undefined =>
    builtInTypes().get(canonical) ?? (byUrl.get(canonical) as OwnDefinition['type'] | undefined);
  const taken = new Map<string, string>();
  return resources.map((resource) => {
    try {
      const definition = definitionOf(resource, componentType);
      if (definition === undefined) return { definition, problems: [] };
      const names = typesOf(definition).map(([, type]) => `${type}.${definition.code}`);
      const clash = names.find((name) => taken.has(name));
      if (clash !== undefined) {
        const message = `another name: ${clash} is defined by ${taken.get(clash)!} already`;
        return { definition: undefined, problems: [{ place: 'SearchParameter.code', message }] };
      }
      for (const name of names) taken.set(name, definition.url);
      return { definition, problems: [] };
    } catch (error) {
      if (error instanceof SearchParameterFault) return { definition: undefined, problems: error.problems };
      throw error;
    }
  });
}

let builtIn: ReadonlyMap<string, OwnDefinition['type']> | undefined;

function builtInTypes(): ReadonlyMap<string, OwnDefinition['type']> {
  return (builtIn ??= new Map(allSearchParameters().map(({ url, type }) => [url, type])));
}
