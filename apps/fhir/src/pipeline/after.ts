/** The last step, after every outcome of a request: its record. */
import { channel } from 'node:diagnostics_channel';
import { BudgetSpent } from '@dhp/budget';
import { isId } from '@dhp/fhir-model';
import type { Exchange } from '../contract/exchange.ts';
import type { RecordedRequest } from '../contract/pipeline.ts';
import type { Outcome, RequestRecord } from '../contract/record.ts';
import { budgetOfCode } from '../http/cost.ts';
import { costFailure, Failure } from '../http/errors.ts';
import { requestIdOf } from '../http/request-id.ts';

/** Channel with each refused request (`node:diagnostics_channel`): only our own names, no content of the request. */
export const refusals = channel('dhp.fhir.refused');

/** @param types as of `recordOf` */
export function tellRefusal(
  request: RecordedRequest,
  exchange: Pick<Exchange, 'target'> | undefined,
  { status }: Outcome,
  { refusal, types }: { readonly refusal: unknown; readonly types: ReadonlySet<string> },
): void {
  const { route, type = '' } = exchange?.target ?? {};
  const failure = failureOf(refusal);
  refusals.publish({
    ...{ requestId: requestIdOf(request.headers), entry: request.entry?.index, interaction: route?.interaction },
    ...{ type: types.has(type) ? type : undefined, status },
    code: failure?.code ?? (refusal instanceof Error ? refusal.name : undefined),
    rule: failure?.detail.refusedBy,
  });
}

/** Channel with the budget spent by each request and each refused entry (`node:diagnostics_channel`). */
export const spending = channel('dhp.fhir.spent');

/** An entry spends from the budget of its Bundle, which is reported with the Bundle. */
export function tellSpending(
  exchange: Partial<Pick<Exchange, 'target' | 'call'>> | undefined,
  isEntry: boolean,
  refusal: unknown,
): void {
  const budget = isEntry ? undefined : exchange?.call?.budget;
  const spent = refusal === undefined ? undefined : budgetOfCode(failureOf(refusal)?.code);
  if (budget === undefined && spent === undefined) return;
  spending.publish({ interaction: exchange?.target?.route.interaction, budget, spent });
}

function failureOf(refusal: unknown): Failure | undefined {
  if (refusal instanceof BudgetSpent) return costFailure(refusal);
  return refusal instanceof Failure ? refusal : undefined;
}

/** @param types that have an endpoint: no other text of an address is put into a record */
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
