/** The way in for every request. */
import type { FhirRequest } from '../contract/request.ts';
import type { Route } from '../contract/route.ts';
import type { Entries, Interaction, Services } from '../contract/interaction.ts';
import { recordOf, type Outcome } from './after.ts';
import { Exchange, type Port, type Received } from './exchange.ts';
import { createMatcher } from './matcher.ts';
import { showEntry } from './present.ts';
import { callWith, requireBodyKind } from './receive.ts';
import { runEntryRoute } from './run.ts';
import type { PipelineSettings } from './settings.ts';
import { admission, execution, take } from './steps.ts';

export interface Pipeline {
  /** Takes a request through all steps; its port gets the answer, or what it is refused with. */
  handle(request: FhirRequest, port: Port): Exchange;
  /** Records a request once its answer is out. @param exchange undefined for what was refused before it was taken in */
  after(request: Pick<FhirRequest, 'method' | 'headers'>, exchange: Exchange | undefined, outcome: Outcome): void;
  /** Whether records are made. */
  readonly isRecorded: boolean;
  /** The same steps for the entries of a Bundle, which all are admitted before any of them runs. */
  readonly entries: Entries;
}

/** @param given with the services, which are made with the entries of the pipeline: they are asked for when a request comes */
export function createPipeline(
  routes: readonly Route<Interaction>[],
  given: Omit<PipelineSettings, 'entryMatcher' | 'services'> & { readonly services: () => Services },
): Pipeline {
  const entryMatcher = createMatcher(routes.filter(isForEntries));
  const others = routes.filter((route) => !isForEntries(route));
  let made: PipelineSettings | undefined;
  const settings = (): PipelineSettings => (made ??= { ...given, entryMatcher, services: given.services() });
  return {
    handle(request, port) {
      const exchange = new Exchange(request, port);
      begin(exchange, settings());
      return exchange;
    },
    isRecorded: given.sink !== undefined,
    after: (request, exchange, outcome) => {
      const known = { target: exchange?.target, access: exchange?.bearer?.access };
      given.sink?.(recordOf(request, known, outcome, given.types));
    },
    entries: {
      after: ({ access, headers }, { index, method, target }, { status, bytes }) => {
        if (given.sink === undefined) return;
        const outcome = { time: given.clock().getTime(), status, bytes, milliseconds: undefined };
        given.sink(recordOf({ method, headers, entry: { index } }, { target, access }, outcome, given.types));
      },
      barred: new Set(others.map(({ method, path }) => `${method} ${path}`)),
      admit: (request, access, services) => {
        const port: Port = {
          authenticate: () => ({ access, services: (reading) => services.reading(reading) }),
          receive: notAlone,
          answer: notAlone,
          refuse: notAlone,
        };
        const exchange = new Exchange(request, port);
        if (take(admission, exchange, settings()) !== undefined) throw new Error('the caller of an entry is known');
        return { target: exchange.target!, presentation: exchange.presentation };
      },
      complete: async (entry, services) => showEntry(entry, await runEntryRoute(entry, services)),
    },
  };
}

/** Whether an entry can address the route. */
export function isForEntries({ method, path, interaction, permission }: Route): boolean {
  return (
    (path !== '/' || method === 'GET') &&
    // An entry has no form.
    !path.endsWith('/_search') &&
    (permission !== 'public' || interaction === 'capabilities' || interaction === '$versions')
  );
}

function begin(exchange: Exchange, settings: PipelineSettings): void {
  const { port } = exchange;
  const refuse = (error: unknown): void => {
    port.refuse(exchange, error);
  };
  const go = (received: Received): Promise<void> | void => {
    try {
      callWith(exchange, received, settings);
      const work = take(execution, exchange, settings);
      const answer = (): void => {
        port.answer(exchange, exchange.answer!);
      };
      if (work !== undefined) return work.then(answer).catch(refuse);
      answer();
    } catch (error) {
      refuse(error);
    }
  };
  const receive = (): void => {
    if (exchange.target !== undefined) requireBodyKind(exchange.target, exchange.request.headers);
    port.receive(exchange, go);
  };
  try {
    const waiting = take(admission, exchange, settings);
    if (waiting === undefined) receive();
    else waiting.then(receive).catch(refuse);
  } catch (error) {
    refuse(error);
  }
}

function notAlone(): never {
  throw new Error('an entry is received and answered by its Bundle');
}
