/**
 * Requests by interaction and outcome, with their durations; and decisions of the SSO. No label contains a value of an address, a token or
 * a body.
 */
import { subscribe } from 'node:diagnostics_channel';
import { Counter, Gauge, type Registry } from 'prom-client';
import { recordChannel } from '@dhp/audit';
import { aheadChannel, busyChannel, grantChannel, type RequestAhead } from '@dhp/protocol/ahead';
import type { RequestRecord } from '@dhp/fhir';
import { kept, talliedCounter, TalliedHistogram } from './tallies.ts';

export interface RequestMeasures {
  /** Receives the record of a request to a FHIR server. */
  readonly onRequest: (record: RequestRecord) => void;
  /** Measures the requests to the routes of a server other than FHIR, by the events of the framework and of the code before it. */
  readonly watchRoutes: () => void;
}

/** Seconds: from answers in memory to the time-outs of load balancers. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The framework's message when the handler of a request begins. */
interface Handled {
  readonly route: { readonly url?: string };
  readonly reply: { readonly raw: NodeJS.EventEmitter; readonly statusCode: number; readonly elapsedTime: number };
}

type Answered = (route: string, status: number, seconds: number) => void;

function answersIn(registry: Registry): Answered {
  const registers = [registry];
  const answers = talliedCounter({
    name: 'dhp_requests_total',
    help: 'Requests that have ended, by route (an interaction, for a FHIR server) and status; 0 where the client had gone.',
    labelNames: ['route', 'status'],
    registers,
  });
  const durations = new TalliedHistogram({
    name: 'dhp_request_duration_seconds',
    help: 'Seconds from the arrival of a request until its answer is out, by route and class of status.',
    labelNames: ['route', 'status'],
    buckets,
    registers,
  });
  const ofRoute = kept((route) => {
    const ofClass = kept((status) => durations.series({ route, status }));
    return kept((status: number) => ({
      tally: answers({ route, status: String(status) }),
      times: ofClass(`${String(Math.floor(status / 100))}xx`),
    }));
  });
  return (route, status, seconds) => {
    const { tally, times } = ofRoute(route)(status);
    tally.count += 1;
    times.observe(seconds);
  };
}

export function measureRequests(registry: Registry): RequestMeasures {
  const answered = answersIn(registry);
  const entries = new Counter({
    name: 'dhp_bundle_entries_total',
    help: 'Entries of batches and transactions, by interaction and status.',
    labelNames: ['route', 'status'],
    registers: [registry],
  });
  return {
    onRequest({ entry, interaction = 'none', status = 0, milliseconds = 0 }) {
      if (entry === undefined) answered(interaction, status, milliseconds / 1000);
      else entries.inc({ route: interaction, status: String(status) });
    },
    watchRoutes() {
      subscribe('tracing:fastify.request.handler:start', (message) => {
        const { route, reply } = message as Handled;
        reply.raw.once('close', () => answered(route.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000));
      });
      subscribe(aheadChannel, (message) => {
        const { path, response } = message as RequestAhead;
        const began = performance.now();
        response.once('close', () => answered(path, response.statusCode, (performance.now() - began) / 1000));
      });
    },
  };
}

/** Decisions of the SSO, by the names under which the trail records them. */
export function measureEvents(registry: Registry): void {
  const events = new Counter({
    name: 'dhp_sso_events_total',
    help: 'Records of decisions of the SSO, by event: tokens issued and refused, sign-ins, limits, changes of accounts and clients.',
    labelNames: ['event'],
    registers: [registry],
  });
  subscribe(recordChannel, (event) => {
    events.inc({ event: String(event) });
  });
  const tokens = new Counter({
    name: 'dhp_tokens_total',
    help: 'Access tokens that were issued, by the grant.',
    labelNames: ['grant'],
    registers: [registry],
  });
  subscribe(grantChannel, (grant) => {
    tokens.inc({ grant: String(grant) });
  });
}

/** Requests that a FHIR server refused, and those for which the SSO had no time, by our own names. */
export function measureRefusals(registry: Registry): void {
  const refusals = new Counter({
    name: 'dhp_refusals_total',
    help: 'Requests and entries of Bundles that a FHIR server refused, by the code of the error: budgets that are spent, limits, rights; of the SSO those for which it was too busy.',
    labelNames: ['code'],
    registers: [registry],
  });
  subscribe(busyChannel, (code) => refusals.inc({ code: String(code) }));
  subscribe('dhp.fhir.refused', (message) => {
    refusals.inc({ code: (message as { readonly code?: string }).code ?? 'none' });
  });
}

/** The memory that requests occupy: bodies that are received and processed, and answers that are held back. */
export function measureMemory(
  registry: Registry,
  held: () => { readonly bytes: number; readonly limit: number },
): void {
  const gauge = (name: string, help: string, valueOf: () => number): Gauge =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(valueOf());
      },
    });
  gauge('dhp_requests_held_bytes', 'Bytes of bodies and of held answers at this moment.', () => held().bytes);
  gauge(
    'dhp_requests_held_bytes_limit',
    'Bytes of them that there is room for; what does not fit is refused (503).',
    () => held().limit,
  );
}
