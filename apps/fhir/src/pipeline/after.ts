/** The last step, whatever became of a request: the record of it. */
import { isId } from '@dhp/fhir-model';
import type { RequestRecord } from '../contract/record.ts';
import type { Target } from '../contract/target.ts';
import type { Access } from '../contract/access.ts';
import { requestIdOf } from '../http/request-id.ts';
import type { FhirRequest } from '../contract/request.ts';

export interface Outcome {
  readonly time: number;
  readonly status: number;
  readonly bytes: number;
  readonly milliseconds: number | undefined;
}

/** @param types that have an endpoint: no other text of an address gets into a record */
export function recordOf(
  request: Pick<FhirRequest, 'headers' | 'entry'> & { readonly method: string | undefined },
  { target, access }: { readonly target: Target<unknown> | undefined; readonly access: Access | undefined },
  { time, status, bytes, milliseconds }: Outcome,
  types: ReadonlySet<string>,
): RequestRecord {
  const { route, type = '', id = '', compartment } = target ?? {};
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
