/**
 * Traces of requests for OpenTelemetry: a span for a request, and below it one for each statement and each place in a batch for which it
 * waits. Loaded only if `DHP_TRACES` is set. No span contains a value of an address, a header, a body or a statement.
 * docs/operations/metrics.md
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { channel, subscribe } from 'node:diagnostics_channel';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { waitChannel, type MeasuredWait } from '@dhp/postgres/measured';
import { aheadChannel, type RequestAhead } from '@dhp/protocol/ahead';
import packageJson from '../package.json' with { type: 'json' };
import { requestChannel, type HandledRequest } from './endpoint.ts';

export interface TracingOptions {
  /** Name of the server, as in its log; and number of its process among those that serve together. */
  readonly server: string;
  readonly process: string;
  /** Of the collector. */
  readonly url: string;
  /** How many of the requests are traced, above 0 and up to 1. */
  readonly share: number;
  readonly write: (line: string) => void;
  /** Milliseconds between two messages to the collector (default 5,000). */
  readonly pause?: number;
}

/** Spans of one request: a Bundle of thousands of entries has no more. */
const mostSpans = 500;
/** Milliseconds between two lines about a collector that does not accept spans. */
const linePause = 60_000;
/** The level `warn` of the other lines. */
const level = 40;
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A request that is traced. */
interface Traced {
  readonly span: Span;
  readonly context: Context;
  waits: number;
  route: string | undefined;
}

/** A request in the messages of a FHIR server and of the framework; only the members that are read here. */
interface Arrived {
  readonly request: {
    readonly arrival?: {
      readonly exchange?: { readonly target?: { readonly route: { readonly interaction: string } } };
    };
  };
  readonly reply: { readonly raw: NodeJS.EventEmitter };
}
interface Handled {
  readonly route: { readonly url?: string };
}

/** Starts tracing; must be called before anything is opened. @returns a function that sends the rest at the end */
export function openTracing(options: TracingOptions): () => Promise<void> {
  const { server, url, share, pause = 5_000 } = options;
  const exporter = new OTLPTraceExporter({ url: `${url.replace(/\/$/, '')}/v1/traces`, timeoutMillis: 5_000 });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'dhp',
      'service.name': server,
      'service.version': packageJson.version,
      'service.instance.id': `${server}-${options.process}-${String(process.pid)}`,
    }),
    sampler: new AlwaysOnSampler(),
    // Spans that do not fit are dropped: a trace never matters more than a request.
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: told(exporter, options),
        ...{ maxQueueSize: 4_096, scheduledDelayMillis: pause, exportTimeoutMillis: 5_000 },
      }),
    ],
  });
  const tracer = provider.getTracer('dhp', packageJson.version);
  const current = new AsyncLocalStorage<Traced | undefined>();

  channel(requestChannel).bindStore(current, (message) => {
    if (Math.random() >= share) return undefined;
    const handled = message as HandledRequest;
    handled.isFollowed = true;
    const { request, response } = handled;
    const { method = '' } = request;
    const parent = parentOf(request.headers.traceparent);
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
    const traced: Traced = { span, context: trace.setSpan(parent, span), waits: 0, route: undefined };
    response.once('close', () => {
      const known = methods.has(method) ? method : '_OTHER';
      // A FHIR server assigns the id itself; its answer may have been sent by a shorter way.
      const id = response.getHeader('x-request-id') ?? request.headers['x-request-id'];
      span.updateName(traced.route === undefined ? known : `${known} ${traced.route}`);
      span.setAttributes({
        'http.request.method': known,
        ...(traced.route !== undefined && { 'http.route': traced.route }),
        ...(response.headersSent && { 'http.response.status_code': response.statusCode }),
        // Callers may choose ids of requests, so only an id without meaning is included.
        ...(typeof id === 'string' && uuid.test(id) && { 'dhp.request_id': id }),
        ...(traced.waits > mostSpans && { 'dhp.spans_left_out': traced.waits - mostSpans }),
      });
      if (!response.headersSent || response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    return traced;
  });
  nameRoutes(current);

  subscribe(waitChannel, (message) => {
    const traced = current.getStore();
    if (traced === undefined || (traced.waits += 1) > mostSpans) return;
    const wait = message as MeasuredWait;
    const { name, attributes } = described(wait);
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, traced.context);
    wait.over = (error) => {
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      if (isCoded(error)) span.setAttribute('error.type', error.code);
      span.end();
    };
  });
  return () => provider.shutdown().catch(() => undefined);
}

/** A FHIR server has a route after its pipeline has found it, the framework when it begins a handler, tokens of clients at once. */
function nameRoutes(current: AsyncLocalStorage<Traced | undefined>): void {
  subscribe('dhp.fhir.arrival', (message) => {
    const traced = current.getStore();
    if (traced === undefined) return;
    const { request, reply } = message as Arrived;
    const name = (): void => void (traced.route ??= request.arrival?.exchange?.target?.route.interaction);
    // In front of the listener that ends the span.
    reply.raw.prependOnceListener('close', name);
  });
  subscribe('tracing:fastify.request.handler:start', (message) => {
    const traced = current.getStore();
    if (traced !== undefined) traced.route ??= (message as Handled).route.url;
  });
  subscribe(aheadChannel, (message) => {
    const traced = current.getStore();
    if (traced !== undefined) traced.route ??= (message as RequestAhead).path;
  });
}

/** Of `traceparent` the ids alone: `tracestate` may hold any text. https://www.w3.org/TR/trace-context/#traceparent-header */
function parentOf(header: string | string[] | undefined): Context {
  const parent = typeof header === 'string' ? parseTraceParent(header) : null;
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

/** A statement by its first words, which contain no value; its hash is that of the log of slow statements. */
function described({ kind, text }: MeasuredWait): { readonly name: string; readonly attributes: Attributes } {
  if (kind !== 'statement') return { name: `batch ${kind}`, attributes: { 'dhp.batch': kind } };
  const statement = textOf(text);
  const operation = /^[\s(]*([a-z]+)/i.exec(statement)?.[1]?.toLowerCase() ?? 'statement';
  return {
    name: operation,
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      'dhp.statement': createHash('sha256').update(statement).digest('hex').slice(0, 12),
    },
  };
}

/** A statement that cannot be sent has no text; its error reports that. */
function textOf(text: () => string): string {
  try {
    return text();
  } catch {
    return '';
  }
}

function isCoded(error: unknown): error is { readonly code: string } {
  return typeof (error as { code?: unknown } | undefined)?.code === 'string';
}

/** The exporter; if a collector does not accept spans, a line is logged, at most once a minute. */
function told(exporter: SpanExporter, { server, write }: TracingOptions): SpanExporter {
  let toldAt = -Infinity;
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) {
          lost += spans.length;
          if (performance.now() - toldAt >= linePause) {
            toldAt = performance.now();
            const reason = result.error?.message.slice(0, 200);
            write(
              `${JSON.stringify({ level, time: Date.now(), name: server, msg: 'traces cannot be sent', lost, reason })}\n`,
            );
            lost = 0;
          }
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
