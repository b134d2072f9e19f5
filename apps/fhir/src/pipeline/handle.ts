/** The entry point for every request. */
import type { Exchange, Port, Received } from '../contract/exchange.ts';
import type { Interaction, Services } from '../contract/interaction.ts';
import type { Pipeline } from '../contract/pipeline.ts';
import type { Recording } from '../contract/recording.ts';
import type { FhirRequest } from '../contract/request.ts';
import type { Route } from '../contract/route.ts';
import { breakGlassFor } from '../access/break-glass.ts';
import { isBusy } from '../http/busy.ts';
import { plainJson } from '../presentation/presentation.ts';
import { recordOf, refusals, spending, tellRefusal, tellSpending } from './after.ts';
import { createMatcher } from './matcher.ts';
import { callWith } from './receive.ts';
import type { PipelineSettings } from './settings.ts';
import { admission, execution, take } from './steps.ts';

/** @param given with the services, which are made with the pipeline: they are read when a request arrives */
export function createPipeline(
  routes: readonly Route<Interaction>[],
  given: Omit<PipelineSettings, 'forEntries' | 'services'> & { readonly services: () => Services },
): Pipeline {
  const others = routes.filter((route) => !isForEntries(route));
  const forEntries = {
    matcher: createMatcher(routes.filter(isForEntries)),
    barred: new Set(others.map(({ method, path }) => `${method} ${path}`)),
  };
  let made: PipelineSettings | undefined;
  const isTaken = (): boolean => given.sink !== undefined && given.takesRecords?.() !== false;
  return {
    handle(request, port) {
      const exchange = exchangeOf(request, port, given.recorder?.begin(request));
      begin(exchange, (made ??= { ...given, forEntries, services: given.services() }));
      return exchange;
    },
    refused(exchange, error) {
      if (exchange !== undefined) return given.recorder?.settled(exchange, error ?? new Error('refused'));
      given.recorder?.count(error);
      return undefined;
    },
    keepsTrail: given.recorder !== undefined,
    get isRecorded() {
      return given.log !== undefined || refusals.hasSubscribers || spending.hasSubscribers || isTaken();
    },
    after: (request, exchange, outcome, refusal) => {
      if (isTaken()) given.sink?.(recordOf(request, exchange, outcome, given.types));
      if (refusal !== undefined && refusals.hasSubscribers)
        tellRefusal(request, exchange, outcome, { refusal, types: given.types });
      if (spending.hasSubscribers) tellSpending(exchange, request.entry !== undefined, refusal);
      if (!isBusy(refusal)) given.log?.note(request, exchange?.bearer, outcome, refusal);
    },
  };
}

/** Whether an entry can address the route. */
export function isForEntries({ method, path, interaction, permission, answersFiles, isLive }: Route): boolean {
  return (
    answersFiles !== true &&
    isLive !== true &&
    (path !== '/' || method === 'GET') &&
    // An entry has no form.
    !path.endsWith('/_search') &&
    // A job is not a resource: nothing of it is stored together with one.
    !interaction.startsWith('job-') &&
    (permission !== 'public' || interaction === 'capabilities' || interaction === '$versions')
  );
}

function exchangeOf(request: FhirRequest, port: Port, recording: Recording | undefined): Exchange {
  return {
    request,
    port,
    target: undefined,
    bearer: undefined,
    presentation: plainJson,
    freshness: undefined,
    call: undefined,
    recording,
    answer: undefined,
  };
}

function begin(exchange: Exchange, settings: PipelineSettings): void {
  const { port } = exchange;
  const refuse = (error: unknown): void => {
    const recorded = settings.recorder?.settled(exchange, error ?? new Error('refused'));
    tellOfGlass(exchange, settings);
    if (recorded === undefined) port.refuse(exchange, error);
    else
      void recorded
        .then(() => error, identity)
        .then((shown) => {
          port.refuse(exchange, shown);
        });
  };
  const go = (received: Received): Promise<void> | void => {
    try {
      callWith(exchange, received, settings);
      const work = take(execution, exchange, settings);
      const answer = (): void | Promise<void> => {
        const recorded = settings.recorder?.settled(exchange, undefined);
        tellOfGlass(exchange, settings);
        const send = (): void => {
          port.answer(exchange, exchange.answer!);
        };
        if (recorded !== undefined) return recorded.then(send);
        send();
      };
      if (work !== undefined) return work.then(answer).catch(refuse);
      const recorded = answer();
      if (recorded !== undefined) return recorded.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  };
  try {
    const receive = (): void => {
      // Before its body is read: reading it may refuse the request.
      tellOfGlass(exchange, settings);
      port.receive(exchange, go);
    };
    const waiting = take(admission, exchange, settings);
    if (waiting === undefined) receive();
    else waiting.then(receive).catch(refuse);
  } catch (error) {
    refuse(error);
  }
}

const glass = { 'x-break-glass': 'available' };

/** Callers who may break the glass are told so with every answer, whatever is hidden or fails, and nobody else is. */
function tellOfGlass({ bearer, request, port }: Exchange, { services }: PipelineSettings): void {
  if (port.tell === undefined || bearer === undefined || request.entry !== undefined) return;
  if (breakGlassFor(services, bearer.access) !== undefined) port.tell(glass);
}

function identity(error: unknown): unknown {
  return error;
}
