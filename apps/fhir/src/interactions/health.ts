import type { StoreAdmin } from '@dhp/fhir-store';
import type { Interaction, Services } from '../contract/interaction.ts';

/** The process answers. */
export const healthz: Interaction = () => Promise.resolve(report(200, { status: 'ok' }));

const patience = 2_000;

/**
 * It can do its work: the database answers and takes writes, its schema fits this program, the keys of the SSO are there, and it is not
 * closing. A state that all servers share takes none of them out of service, since others would do no better: while commits are blocked
 * (`writes`), reads continue; while the search index is not complete (`index`), reads and writes by id; while a value set of labels is
 * missing (`labels`), its previous codes count; while the rows of a factor of access are being made (`consents`, `care`, `members`), it
 * decides nothing, or as before.
 */
export const readyz: Interaction = async (services) => {
  const { store: resources, storeState } = services;
  const [store, commits, schema, index, keys] = await Promise.all([
    answerOf(resources.read('Patient', 'readyz'), () => 'ok', 'unreachable'),
    answerOf(storeState.durable(), (state) => (state === 'confirmed' ? 'ok' : state), 'not confirmed'),
    answerOf(storeState.schemaState(), (state) => (state.kind === 'current' ? 'ok' : state.sentence), 'unknown'),
    answerOf(storeState.indexState(), indexing, 'unknown'),
    services.keysReady(),
  ]);
  const isBlocked = commits === 'blocked';
  const works = store === 'ok' && (commits === 'ok' || isBlocked) && schema === 'ok' && keys;
  const isReady = works && !services.isClosing();
  const ready = isBlocked ? 'degraded' : 'ready';
  return report(isReady ? 200 : 503, {
    status: isReady ? ready : services.isClosing() ? 'closing' : 'not ready',
    ...(isBlocked && { writes: 'blocked' }),
    checks: {
      store,
      commits,
      schema,
      keys: keys ? 'ok' : 'not loaded',
      index,
      ...rowsOfFactors(services.policies),
      ...labelling(services.policies),
    },
  });
};

/** Factors of access whose rows are not all made; nothing if they are, or no policies ask for them. */
function rowsOfFactors({ awaited }: Services['policies']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    awaited().map(({ factor, isInForce, failure }) => {
      const effect = isInForce ? effects[factor] : 'it refuses nothing until then';
      const failed = failure === undefined ? '' : ` The last attempt failed, and another is made: ${failure}.`;
      return [factor, `what is stored is being read; ${effect}.${failed}`];
    }),
  );
}

/** Of a factor that is in force already. */
const effects = {
  consents: 'consents count as they were read before',
  care: 'care counts as it was read before',
  members: 'a consent that names a team or a group refuses everybody, and permits nobody, until then',
} as const;

/** Nothing if no access policies in force have labels. */
function labelling({ current, faults }: Services['policies']): { readonly labels?: string } {
  const inForce = current();
  if (inForce?.set.labels === undefined) return {};
  if (faults().length > 0) return { labels: faults().join(' ') };
  return { labels: inForce.labels === undefined ? 'what is stored is being labelled' : 'ok' };
}

type IndexState = Awaited<ReturnType<StoreAdmin['indexState']>>;

function indexing(state: IndexState): string {
  if (!state.complete) return `building: ${percentOf(state, state.total)} %; searches are refused until it is complete`;
  return `${lacking(state)}${state.next === undefined ? '' : `; ${building(state.next, state)}`}`;
}

/** The definition that is built beside the one that is searched. */
function building({ version, stage, done, waitsFor }: NonNullable<IndexState['next']>, of: IndexState): string {
  const how =
    stage === 'filled' && waitsFor > 0
      ? `waits for ${waitsFor} ${waitsFor === 1 ? 'server' : 'servers'} of the release before to end`
      : `${stage === 'bound' ? 'last pass' : 'building'}: ${percentOf({ done }, of.total)} %`;
  return `definition ${of.version} is searched, ${version} is built beside it (${how})`;
}

function percentOf({ done }: Pick<IndexState, 'done'>, total: number): number {
  return Math.min(99, Math.floor((100 * done) / Math.max(total, 1)));
}

function lacking({ gaps }: IndexState): string {
  if (gaps === undefined || gaps.resources === 0) return 'ok';
  const types = gaps.types.map(([type, count]) => `${type} ${count}`).join(', ');
  const parameters = gaps.parameters.map(([parameter]) => parameter);
  const more = parameters.length > mostNamed ? ` and ${parameters.length - mostNamed} more` : '';
  return (
    `incomplete: ${gaps.resources} resources (${types}) go over the limit of work; searches by ` +
    `${parameters.slice(0, mostNamed).join(', ')}${more} are refused until DHP_RESOURCE_WORK is raised`
  );
}

/** Search parameters that the check names. */
const mostNamed = 10;

/** Returns a text for the answer of the store; `otherwise` when it fails, or does not come in time. */
async function answerOf<T>(answer: Promise<T>, say: (answer: T) => string, otherwise: string): Promise<string> {
  const timeout = new Promise<string>((resolve) => setTimeout(resolve, patience, otherwise).unref());
  return Promise.race([answer.then(say, () => otherwise), timeout]);
}

function report(status: number, body: object): Awaited<ReturnType<Interaction>> {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}
