import { randomUUID } from 'node:crypto';
import { inRounds, type Round } from '@dhp/budget';
import type { ConceptMap, ResourceBase, ValueSet } from '@dhp/fhir-model';
import {
  layered,
  Terminology,
  type ConceptSystem,
  contentFile,
  grammars,
  readContent,
  type ConceptSource,
} from '@dhp/fhir-terminology';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { guarded } from '../store-unavailable.ts';
import { createPreparer } from './prepare.ts';
import { proposingOver, type ProposedResource } from './proposed.ts';
import { createStoredSource, type StoredSource } from './stored-source.ts';
import { readFile } from 'node:fs/promises';

/** Terminology at one moment: the stored resources over the built-in ones. */
export interface TerminologyNow {
  readonly terminology: Terminology;
  /** Another number when anything that is stored has changed since. */
  readonly revision: number;
  /** A stored code system, value set or concept map; undefined for one without a url, and for a supplement. */
  codeSystem(id: string): ConceptSystem | undefined;
  valueSet(id: string): ValueSet | undefined;
  conceptMap(id: string): ConceptMap | undefined;
  /**
   * Returns the built-in versions of a CodeSystem, ValueSet or ConceptMap by its url (a code system without concepts), except those
   * replaced by a stored resource of the same url and version.
   */
  builtIn(type: string, url: string): readonly ResourceBase[];
}

/**
 * The terminology of a store. The database is authoritative; its resources are in memory from the first call on. Writes of this server are
 * visible to the next call, those of others within `patience`.
 */
export interface TerminologyService {
  /**
   * Runs a function on the current terminology. It must answer synchronously, not with a promise, so that all of it sees the same state. If
   * the answer takes longer than others should wait, it is computed in slices and the function is run once more, provided that it passes
   * the round on. Rejects with the error it throws, and with StoreUnavailable.
   */
  ask<T>(run: (now: TerminologyNow, round: Round) => T extends Promise<unknown> ? never : T): Promise<T>;
  /** Returns the cached terminology; undefined if the database has to be asked. */
  known(): TerminologyNow | undefined;
  /** The same as it would be with resources that are not stored yet, each in the place of the one with its id. */
  proposing(resources: () => readonly ProposedResource[]): TerminologyService;
}

export interface OwnedTerminology extends TerminologyService {
  /** Something was written here that may be terminology. */
  changed(): void;
  close(): Promise<void>;
}

export interface TerminologyServiceOptions {
  /** The most entries that an expansion has in one answer. */
  readonly expansionLimit: number;
  /** Milliseconds for which the cached terminology is valid without asking the database. */
  readonly patience: number;
  readonly clock: () => Date;
  readonly memory: DatabaseMemory;
  /** Whether the rows are on several nodes. */
  readonly isSpread: () => boolean;
}

/** Cached members of value sets for one transaction: a tenth of the cache shared by all. */
const proposedMembers = 50_000;

/** Milliseconds that an expansion works at a time while other requests wait. */
const slice = 10;

/**
 * Attempts of a question whose answer was not ready: for its codes, and for their words, once each. It takes more where its subject changes
 * meanwhile, or is made again by the question itself; then it is answered without pauses.
 */
const mostRounds = 5;

/** @param sql a pool of one connection, its own */
export function createTerminologyService(
  sql: Sql,
  { expansionLimit, patience, clock, memory, isSpread }: TerminologyServiceOptions,
): OwnedTerminology {
  const preparer = createPreparer();
  let loaded: { stored: StoredSource; now: TerminologyNow } | undefined;
  let told = 0;
  let covered = 0;
  let checked = -Infinity;
  let running: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const [covers, began] = [told, performance.now()];
    const known = loaded ?? (await open());
    await guarded(() => known.stored.refresh());
    loaded = known;
    [covered, checked] = [covers, began];
  }

  async function open(): Promise<NonNullable<typeof loaded>> {
    const stored = createStoredSource(sql, preparer, { memory, isSpread });
    const { source } = stored;
    const content = await builtIn();
    const now: TerminologyNow = {
      terminology: new Terminology(layered(source, content.source), options),
      get revision() {
        return stored.revision();
      },
      codeSystem: (id) => source.systemOf(`CodeSystem/${id}`),
      valueSet: (id) => source.valueSetOf(`ValueSet/${id}`),
      conceptMap: (id) => source.conceptMapOf(`ConceptMap/${id}`),
      builtIn: (type, url) => {
        const versions = source.versions(type, url);
        const versionOf = (resource: ResourceBase): string => (resource as { version?: string }).version ?? '';
        return content.definitions(type, url).filter((one) => !versions.includes(versionOf(one)));
      },
    };
    return { stored, now };
  }

  const known = (): TerminologyNow | undefined =>
    covered < told || checked < performance.now() - patience ? undefined : loaded?.now;

  async function refreshed(needed: number, since: number): Promise<TerminologyNow> {
    while (loaded === undefined || covered < needed || checked < since) {
      running ??= refresh().finally(() => (running = undefined));
      await running;
    }
    return loaded.now;
  }

  async function ask<T>(
    run: (now: TerminologyNow, round: Round) => T extends Promise<unknown> ? never : T,
  ): Promise<T> {
    const ran = (round: Round): T | Promise<T> => {
      const now = known();
      if (now !== undefined) return run(now, round);
      return refreshed(told, performance.now() - patience).then((then) => run(then, round));
    };
    return inRounds(ran, { most: mostRounds });
  }

  const options = { expansionLimit, slice, now: clock, newId: randomUUID };
  const overProposed = (source: ConceptSource): Terminology =>
    new Terminology(source, { ...options, cachedMembers: proposedMembers });
  return {
    known,
    ask,
    proposing: proposingOver({ ask, known }, overProposed),
    changed() {
      told += 1;
    },
    async close() {
      await running?.catch(() => undefined);
      await preparer.close();
    },
  };
}

interface BuiltIn {
  readonly source: ConceptSource;
  readonly definitions: ReturnType<typeof readContent>['definitions'];
}

let known: Promise<BuiltIn> | undefined;

/** Returns the built-in terminology, which is read once for all stores of the process: FHIR's and HL7's own, ISO's, and the grammars. */
function builtIn(): Promise<BuiltIn> {
  known ??= readFile(contentFile).then((bytes) => {
    const content = readContent(bytes);
    return { source: layered(content, grammars()), definitions: content.definitions };
  });
  known.catch(() => (known = undefined));
  return known;
}
