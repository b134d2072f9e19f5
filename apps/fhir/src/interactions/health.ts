import type { StoreAdmin } from '@dhp/fhir-store';
import type { Interaction } from './interaction.ts';

/** The process answers. */
export const healthz: Interaction = () => Promise.resolve(report(200, { status: 'ok' }));

const patience = 2_000;

/**
 * It can do its work: the database answers and takes writes, its schema fits this program, the keys of the SSO are there, and it is not
 * closing. What is so on all servers alike takes none of them out of service, since others would do no better: while commits are blocked
 * (`writes`), reads go on; while the search index is not complete (`index`), reads and writes by id.
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
    checks: { store, commits, schema, keys: keys ? 'ok' : 'not loaded', index },
  });
};

function indexing({ complete, done, total, gaps }: Awaited<ReturnType<StoreAdmin['indexState']>>): string {
  const percent = Math.min(99, Math.floor((100 * done) / Math.max(total, 1)));
  if (!complete) return `building: ${percent} %; searches are refused until it is complete`;
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

/** What an answer of the store says; `otherwise` when it fails, or does not come in time. */
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
