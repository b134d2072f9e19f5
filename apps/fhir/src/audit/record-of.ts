/** The content of a record: the part in clear, which names no patient, and the part that is sealed. */
import { isId } from '@dhp/fhir-model';
import type { Recorded } from '@dhp/fhir-store/trail';
import type { Access } from '../contract/access.ts';
import type { Exchange } from '../contract/exchange.ts';
import { asFailure, Failure, statusOf } from '../http/errors.ts';
import { queryString, readParameters } from '../search/parameters.ts';

export interface Parts {
  readonly content: Readonly<Record<string, unknown>>;
  readonly sealed: Readonly<Record<string, unknown>>;
}

/** @param written the version, for the record that is stored with it */
export function partsOf(exchange: Exchange, outcome: { written: Recorded } | { error: unknown } | undefined): Parts {
  const { target, bearer, request, recording } = exchange;
  const access = bearer?.access;
  const isOfPatient = access?.authority === 'patient';
  const user = access === undefined || access.subject === access.clientId ? undefined : access.subject;
  const who = { user, person: access?.person };
  const written = outcome !== undefined && 'written' in outcome ? outcome.written : undefined;
  const failure = outcome !== undefined && 'error' in outcome ? outcome.error : undefined;
  const refusal = failure === undefined && written === undefined ? exchange.answer?.refusal : undefined;
  const type = written?.type ?? typeOf(exchange);
  return {
    content: {
      list: exchange.answer?.list,
      request: recording?.requestId,
      entry: request.entry?.index,
      interaction: target?.route.interaction,
      action: actionOf(exchange, written),
      type,
      version: written?.versionId,
      outcome: failure === undefined && refusal === undefined ? 'success' : 'error',
      status: failure === undefined ? (written === undefined ? exchange.answer?.status : undefined) : statusOf(failure),
      ...countsOf(exchange),
      reason: failure === undefined ? refusal : reasonOf(failure),
      refusedBy: failure === undefined ? undefined : refusedBy(failure, recording),
      client: access?.clientId,
      authority: access?.authority,
      purpose: access?.purpose,
      behalf: isOfPatient ? undefined : behalfOf(access),
      // The account of a patient would name the patient.
      ...(isOfPatient ? {} : who),
    },
    sealed: {
      id: written?.id ?? idOf(exchange),
      compartment: target?.compartment,
      query: queryOf(exchange),
      address: recording?.address,
      record: access?.patient,
      why: access?.emergency?.reason,
      ...(isOfPatient ? who : {}),
    },
  };
}

/** @param written versions of one type that came of the same: one by itself has the record that it would have beside no others */
export function partsOfPage(exchange: Exchange, written: readonly Recorded[]): Parts {
  const [first, ...others] = written;
  const { content, sealed } = partsOf(exchange, { written: first! });
  if (others.length === 0) return { content, sealed };
  const { version: _, ...clear } = content;
  const { id: __, ...hidden } = sealed;
  const versions = written.map(({ id, versionId }) => `${id}/_history/${String(versionId)}`);
  return { content: { ...clear, count: written.length }, sealed: { ...hidden, versions } };
}

/** Resources that an export has put into files: in all, and by type. */
function countsOf({ answer }: Exchange): object {
  if (answer?.counts === undefined) return {};
  const { counts } = answer;
  return { count: Object.values(counts).reduce((sum, count) => sum + count, 0), counts };
}

/** Most organisations that are recorded. */
const mostOrganizations = 10;

/** The organisations for which a person or a client acts, by the token. */
function behalfOf(access: Access | undefined): readonly string[] | undefined {
  const all = new Set(access?.positions.map(({ organization }) => organization));
  return all.size === 0 ? undefined : [...all].slice(0, mostOrganizations);
}

const actions: Readonly<Record<string, string>> = { GET: 'R', PUT: 'U', PATCH: 'U', DELETE: 'D' };

/** https://hl7.org/fhir/R5/valueset-audit-event-action.html */
function actionOf({ target }: Exchange, written: Recorded | undefined): string {
  if (written !== undefined) return { created: 'C', updated: 'U', deleted: 'D' }[written.kind];
  const { interaction = '', method = '' } = target?.route ?? {};
  if (interaction.startsWith('$')) return 'E';
  if (method === 'POST') return interaction.startsWith('search') ? 'R' : 'C';
  return actions[method] ?? 'E';
}

/** The stable code of the error, which is the reason of a refusal. */
export function reasonOf(error: unknown): string {
  const known = error instanceof Failure ? error : asFailure(error, 0, () => undefined, undefined);
  return known.code;
}

/** The rule about who may do it: of a failure that says so, else that by which something was hidden. */
function refusedBy(error: unknown, recording: Exchange['recording']): string | undefined {
  return (error instanceof Failure ? error.detail.refusedBy : undefined) ?? recording?.refusedBy;
}

function typeOf({ target }: Exchange): string | undefined {
  const { type = '' } = target ?? {};
  // Of an address that is not served, the text may be anything.
  return /^[A-Z][A-Za-z]{1,60}$/.test(type) ? type : undefined;
}

function idOf({ target, answer }: Exchange): string | undefined {
  const id = target?.id ?? '';
  return answer?.version?.id ?? (isId(id) ? id : undefined);
}

function queryOf({ call, target }: Exchange): string | undefined {
  const query = call?.query ?? target?.query;
  if (query === undefined) return undefined;
  const { searched } = readParameters(query);
  return searched.length === 0 ? undefined : queryString(searched);
}
