/**
 * A record of the trail as a FHIR AuditEvent: by the national profile, and by the patterns of IHE BALP where that leaves a choice (agents
 * for the application and the person, entities for the resource, the query and the request).
 * https://hl7.org/fhir/R5/auditevent.html, https://profiles.ihe.net/ITI/BALP/
 */
import { formatInstant } from '@dhp/fhir-model/instant';
import type { TrailRecord } from '../../contract/trail.ts';
import { codeSystem } from '../../http/outcome.ts';

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const interactions = 'http://hl7.org/fhir/restful-interaction';
const securityRoles = 'http://terminology.hl7.org/CodeSystem/extra-security-role-type';
const objectRoles = 'http://terminology.hl7.org/CodeSystem/object-role';
const national = 'https://dhp.uz/fhir/core/StructureDefinition/uz-core-auditevent';

/** Identifier systems of the accounts and clients of the Single Sign-On server, as in its own AuditEvents. */
const accounts = 'urn:dhp:sso:account';
export const clients = 'urn:dhp:sso:client';
const requests = 'urn:dhp:request-id';
/** Operators who did something to the trail by a command: `cli:NAME`. */
const operators = 'urn:dhp:sso:actor';

/** Ids of the records of the trail; those of resources that are stored have another form. */
const named = /^trail-(\d{1,20})-(\d{1,19})$/;

export function auditEventId({ transactionId, id }: Pick<TrailRecord, 'transactionId' | 'id'>): string {
  return `trail-${transactionId}-${id}`;
}

/** @returns undefined for an id that no record of the trail has */
export function placeOf(auditEvent: string): { transactionId: string; id: string } | undefined {
  const [, transactionId, id] = named.exec(auditEvent) ?? [];
  return transactionId === undefined || id === undefined ? undefined : { transactionId, id };
}

interface Server {
  readonly baseUrl: string;
  readonly timeZone: string;
}

type Part = Readonly<Record<string, unknown>>;

export function auditEventOf(record: TrailRecord, { baseUrl, timeZone }: Server): Record<string, unknown> {
  const { content, sealed = {} } = record;
  const recorded = formatInstant(new Date(record.recorded), timeZone);
  const interaction = textOf(content, 'interaction') ?? 'refused';
  const patient = textOf(sealed, 'patient');
  const reason = textOf(content, 'reason');
  const entity = entitiesOf(content, sealed);
  return {
    resourceType: 'AuditEvent',
    id: auditEventId(record),
    meta: { source: `${baseUrl}#trail`, profile: [national] },
    category: [{ coding: [categoryOf(interaction)] }],
    code: { coding: codesOf(interaction, textOf(content, 'action')) },
    action: textOf(content, 'action') ?? 'E',
    occurredDateTime: recorded,
    recorded,
    outcome: {
      code: { system: 'http://hl7.org/fhir/issue-severity', code: textOf(content, 'outcome') ?? 'success' },
      ...(reason !== undefined && { detail: [{ coding: [{ system: codeSystem, code: reason }] }] }),
    },
    ...(patient !== undefined && { patient: { reference: `Patient/${patient}` } }),
    agent: agentsOf(content, sealed),
    source: {
      observer: { display: 'DHP FHIR server', identifier: { system: 'urn:ietf:rfc:3986', value: baseUrl } },
      type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }] }],
    },
    ...(entity.length > 0 && { entity }),
  };
}

/** DICOM's Query for interactions that find records, Patient Record for those on a single one. */
function categoryOf(interaction: string): Part {
  return /^(search|history-(type|system))/.test(interaction)
    ? { system: dicom, code: '110112', display: 'Query' }
    : { system: dicom, code: '110110', display: 'Patient Record' };
}

const byAction: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({ C: 'create', U: 'update', D: 'delete' }),
);
const ownCodes: ReadonlySet<string> = new Set(
  'read vread update patch delete history-instance history-type history-system create search-type search-system search-compartment capabilities batch transaction operation'.split(
    ' ',
  ),
);

/** The national profile has five codes; the interaction itself stands behind, where it is another one. */
function codesOf(interaction: string, action = 'E'): Part[] {
  const code = byAction.get(action) ?? (interaction.startsWith('search') ? 'search' : 'read');
  const exact = interaction.startsWith('$') ? 'operation' : interaction;
  const isTold = exact === code || !ownCodes.has(exact);
  return [{ system: interactions, code }, ...(isTold ? [] : [{ system: interactions, code: exact }])];
}

/** The person, where there is one, and the application. */
function agentsOf(content: Part, sealed: Part): Part[] {
  const person = textOf(content, 'person') ?? textOf(sealed, 'person');
  const user = textOf(content, 'user') ?? textOf(sealed, 'user');
  const client = textOf(content, 'client');
  const purpose = textOf(content, 'purpose') ?? (content['authority'] === 'patient' ? 'PATRQT' : undefined);
  const address = textOf(sealed, 'address');
  const operator = textOf(content, 'operator');
  if (operator !== undefined) return [{ who: { identifier: { system: operators, value: operator } }, requestor: true }];
  const agents: Part[] = [];
  if (person !== undefined || user !== undefined)
    agents.push({
      type: { coding: [{ system: securityRoles, code: 'humanuser', display: 'human user' }] },
      who: {
        ...(person !== undefined && { reference: person }),
        ...(user !== undefined && { identifier: { system: accounts, value: user } }),
      },
      requestor: true,
      ...(purpose !== undefined && {
        authorization: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: purpose }] }],
      }),
    });
  const application = {
    type: { coding: [{ system: dicom, code: '110150', display: 'Application' }] },
    who: client === undefined ? { display: 'unknown' } : { identifier: { system: clients, value: client } },
    requestor: agents.length === 0,
    ...(address !== undefined && { networkString: address }),
  };
  return [...agents, application, ...behalf(content, sealed, person)];
}

/** Those for whom the person or the application acts: organisations, or the patient in whose place a relative does. */
function behalf(content: Part, sealed: Part, person: string | undefined): Part[] {
  const organizations = Array.isArray(content['behalf']) ? (content['behalf'] as string[]) : [];
  const record = content['authority'] === 'patient' ? textOf(sealed, 'record') : undefined;
  const patient = record === undefined || person === `Patient/${record}` ? [] : [`Patient/${record}`];
  return [...organizations, ...patient].map((reference) => ({
    ...{ type: { text: 'on whose behalf' }, who: { reference }, requestor: false },
  }));
}

function entitiesOf(content: Part, sealed: Part): Part[] {
  const [type, id, compartment] = [textOf(content, 'type'), textOf(sealed, 'id'), textOf(sealed, 'compartment')];
  const [query, request, version] = [textOf(sealed, 'query'), textOf(content, 'request'), content['version']];
  const role = (code: string): Part => ({ coding: [{ system: objectRoles, code }] });
  const entities: Part[] = [];
  const of = compartment ?? type;
  if (of !== undefined && of !== '*' && id !== undefined)
    entities.push({
      what: { reference: `${of}/${id}${typeof version === 'number' ? `/_history/${String(version)}` : ''}` },
      role: role('4'),
    });
  // Of a page of a job: all that it has stored of a type.
  const versions = Array.isArray(sealed['versions']) ? (sealed['versions'] as string[]) : [];
  for (const each of versions) entities.push({ what: { reference: `${type ?? ''}/${each}` }, role: role('4') });
  if (query !== undefined)
    entities.push({ role: role('24'), query: Buffer.from(`${type ?? ''}?${query}`).toString('base64') });
  if (request !== undefined) entities.push({ what: { identifier: { system: requests, value: request } } });
  const details = ['count', 'month', 'file'].flatMap((name): Part[] => {
    const value = content[name];
    if (typeof value === 'number') return [{ type: { text: name }, valueInteger: value }];
    return typeof value === 'string' ? [{ type: { text: name }, valueString: value }] : [];
  });
  const why = textOf(sealed, 'why');
  if (why !== undefined) details.push({ type: { text: 'why' }, valueString: why });
  if (details.length > 0) entities.push({ detail: details });
  return entities;
}

function textOf(part: Part, name: string): string | undefined {
  const value = part[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
