/** The tables that a query reads from: views of FHIR, and views of SQL over them. https://build.fhir.org/ig/HL7/sql-on-fhir/en/operations-common.html#context */
import type { View } from '@dhp/sql-on-fhir';
import type { Call, Services } from '../../contract/interaction.ts';
import { invalid, isObject } from '../input.ts';
import { underCanonical } from '../view-definitions/subject.ts';
import { viewOf } from '../views/input.ts';
import { invalidQuery, readLibrary, type SqlLibrary } from './library.ts';

/** Tables and views of SQL, each after those from which it reads. */
export type Artefact =
  { readonly label: string; readonly view: View } | { readonly label: string; readonly sql: string };

const most = 20;

/**
 * Artefacts by the canonicals of one request: each canonical means the same wherever it occurs, even if another version is stored
 * meanwhile.
 */
export interface Resolver {
  /**
   * Those on which a query depends. Fails with `view-invalid`, `query-invalid`, and as `underCanonical` for an artefact that is neither
   * sent nor stored.
   */
  artefactsOf(query: SqlLibrary): Promise<Artefact[]>;
  /** Fails with `parameter-invalid` for a context resource on which nothing depends. */
  requireUsed(): void;
  /** By canonical: `url`, or `url|version`. */
  readonly resolved: ReadonlyMap<string, Resource>;
}

type Resource = Readonly<Record<string, unknown>>;

/**
 * Fails with `parameter-invalid` for a context resource without a url, or with that of another. @param context resources that take
 * precedence over stored ones
 */
export function createResolver(
  services: Services,
  call: Call,
  context: readonly unknown[],
  interaction: string,
): Resolver {
  // A job gets the artefacts that were resolved when it was requested, which may include several versions of one.
  const given = contextOf(context, call.work !== undefined);
  const used = new Set<unknown>();
  const resolved = new Map<string, Resource>();

  async function found(canonical: string): Promise<Resource> {
    const [url, version] = canonical.split('|');
    const own = given.find((each) => each['url'] === url && (version === undefined || each['version'] === version));
    if (own === undefined) return underCanonical(services, call, canonical, interaction);
    used.add(own);
    return own;
  }

  async function resolve(canonical: string): Promise<Resource> {
    const artefact = resolved.get(canonical) ?? (await found(canonical));
    resolved.set(canonical, artefact);
    return artefact;
  }

  return {
    resolved,
    artefactsOf: (query) => artefactsOf(call, query, resolve),
    requireUsed() {
      const unused = given.find((each) => !used.has(each));
      if (unused !== undefined) invalid('context', `Nothing depends on ${String(unused['url']).slice(0, 200)}.`);
    },
  };
}

async function artefactsOf(
  call: Call,
  query: SqlLibrary,
  resolve: (canonical: string) => Promise<Resource>,
): Promise<Artefact[]> {
  const made: Artefact[] = [];
  const labels = new Map<string, string>();
  const within: string[] = [];
  await add(query);
  return made;

  async function add({ dependencies }: SqlLibrary): Promise<void> {
    for (const { label, canonical } of dependencies) {
      const before = labels.get(label.toLowerCase());
      if (within.includes(canonical)) invalidQuery(`${canonical} depends on itself.`, 'Library.relatedArtifact');
      if (before === canonical) continue;
      if (before !== undefined)
        invalidQuery(
          `${label} is ${before} and ${canonical}. A label means one table in all of a query.`,
          'Library.relatedArtifact.label',
        );
      labels.set(label.toLowerCase(), canonical);
      if (labels.size > most) invalidQuery(`A query has ${String(most)} tables at most.`, 'Library.relatedArtifact');
      const artefact = await resolve(canonical);
      if (artefact['resourceType'] !== 'Library') {
        made.push({ label, view: viewOf(artefact, call, `${label}: `) });
        continue;
      }
      const view = readLibrary(artefact);
      if (view.kind !== 'view') invalidQuery(`${canonical} is no view of SQL.`, 'Library.relatedArtifact');
      within.push(canonical);
      await add(view);
      within.pop();
      made.push({ label, sql: view.sql });
    }
  }
}

/** Each must have a unique url: of two with the same one it would be unclear which is meant. */
function contextOf(context: readonly unknown[], mayRepeat: boolean): readonly Resource[] {
  const urls = new Set<string>();
  return context.map((each) => {
    if (!isObject(each) || typeof each['url'] !== 'string')
      invalid('context', 'context is a ViewDefinition, or a Library that is a view of SQL, with url.');
    const url = each['url'];
    if (urls.has(url) && !mayRepeat)
      invalid('context', `Two of context have the url ${url.slice(0, 200)}. Send one of them.`);
    urls.add(url);
    return each;
  });
}
