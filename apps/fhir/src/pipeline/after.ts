/** The last step, whatever became of a request: the record of it. */
import { channel } from 'node:diagnostics_channel';
import { isId } from '@dhp/fhir-model';
import type { Exchange } from '../contract/exchange.ts';
import type { RecordedRequest } from '../contract/pipeline.ts';
import type { Outcome, RequestRecord } from '../contract/record.ts';
import { Failure } from '../http/errors.ts';
import { requestIdOf } from '../http/request-id.ts';

/** Tells who listens (`node:diagnostics_channel`) of each request that was refused: by names of ours, without a word of it. */
export const refusals = channel('dhp.fhir.refused');

/** @param types as of `recordOf` */
export function tellRefusal(
  request: RecordedRequest,
  exchange: Pick<Exchange, 'target'> | undefined,
  { status }: Outcome,
  { refusal, types }: { readonly refusal: unknown; readonly types: ReadonlySet<string> },
): void {
  const { route, type = '' } = exchange?.target ?? {};
  const failure = refusal instanceof Failure ? refusal : undefined;
  refusals.publish({
    ...{ requestId: requestIdOf(request.headers), entry: request.entry?.index, interaction: route?.interaction },
    ...{ type: types.has(type) ? type : undefined, status },
    code: failure?.code ?? (refusal instanceof Error ? refusal.name : undefined),
    rule: failure?.detail.refusedBy,
  });
}

/** @param types that have an endpoint: no other text of an address gets into a record */
export function recordOf(
  request: RecordedRequest,
  exchange: Pick<Exchange, 'target' | 'bearer'> | undefined,
  { time, status, bytes, milliseconds }: Outcome,
  types: ReadonlySet<string>,
): RequestRecord {
  const { route, type = '', id = '', compartment } = exchange?.target ?? {};
  const access = exchange?.bearer?.access;
  const named = isId(id) ? id : undefined;
  const isOfPatient = type === 'Patient' || compartment === 'Patient';
  return {
    time,
    requestId: requestIdOf(request.headers),
    entry: request.entry?.index,
    method: request.method,
    route: route?.path,
    interaction: route?.interaction,
    type: types.has(type) ? type : undefined,
    id: named,
    status,
    milliseconds,
    bytes,
    client: access?.clientId,
    user: access === undefined || access.subject === access.clientId ? undefined : access.subject,
    patient: access?.patient ?? (isOfPatient ? named : undefined),
  };
}
