/**
 * Answers the Single Sign-On server's question who wrote a national identifier into a Patient or Practitioner; the server binds accounts to
 * records by it (docs/decisions/0016-identity-proof.md). Everybody who may write a record can put an identifier into it, so its content
 * proves nothing. The proof is the writer that this server recorded for the version that brought the identifier.
 */
import { periodBounds } from '@dhp/fhir-search/values';
import type { StoredVersion, Writer } from '@dhp/fhir-store';
import { readCriteria } from '../conditional/criteria.ts';
import { fail } from '../http/errors.ts';
import type { Call, Services, Interaction } from '../contract/interaction.ts';
import { invalid, isObject, partsOf } from './input.ts';
import type { Access } from '../contract/access.ts';

/** Given to no client: the Single Sign-On server signs such a token for itself alone. */
const evidenceScope = 'dhp.identity-evidence';
const singleSignOn = 'dhp-sso';

export const evidenceTypes = ['Patient', 'Practitioner'] as const;

/**
 * Most records that are read. With more, no answer is given: the evidence might be among the others, and anyone who writes enough records
 * with the identifier could hide it.
 */
const most = 1_000;
const chunk = 50;

interface Identifier {
  readonly system: string;
  readonly value: string;
}

interface Evidence {
  readonly id: string;
  /** Writer of the version that brought the identifier; null if it is not known. */
  readonly writer: Writer | null;
}

/** Answers with the records that have the identifier now, as JSON: `{ "records": [{ "id", "writer" }] }`. */
export const identityEvidence: Interaction = async (services, call) => {
  requireSingleSignOn(call.access);
  const identifier = identifierIn(call);
  const records: Evidence[] = [];
  for (const id of await candidates(services, call.type, identifier)) {
    const evidence = await evidenceOf(services, { type: call.type, id }, identifier);
    if (evidence !== undefined) records.push(evidence);
  }
  return { status: 200, headers: plain, body: JSON.stringify({ records }) };
};

const plain = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };

/** Fails with `scope-insufficient` for everybody but the Single Sign-On server itself. */
export function requireSingleSignOn(access: Access | undefined): void {
  const isIt = access?.clientId === singleSignOn && access.subject === singleSignOn && access.mayAskForEvidence;
  if (isIt) return;
  const diagnostics = 'This address is for the Single Sign-On server alone.';
  fail('scope-insufficient', { scope: evidenceScope }, { diagnostics, scope: evidenceScope });
}

function identifierIn(call: Call): Identifier {
  const [part, ...others] = partsOf(call);
  const given = isObject(part) && part['name'] === 'identifier' && others.length === 0 ? part['valueIdentifier'] : {};
  const { system, value } = isObject(given) ? given : {};
  if (typeof system === 'string' && system !== '' && typeof value === 'string' && value !== '')
    return { system, value };
  return invalid('identifier', 'Send one parameter: an identifier with system and value.', 'Parameters.parameter');
}

/** Finds candidates by the index, which covers more places of an identifier than count here. */
async function candidates(services: Services, type: string, { system, value }: Identifier): Promise<string[]> {
  const token = `${escaped(system)}|${escaped(value)}`;
  const { condition } = readCriteria(services, type, [['identifier', token]]);
  const found = await services.unguarded.find(type, condition, most + 1);
  if (found.length > most) {
    const diagnostics = `More than ${String(most)} records of type ${type} have the identifier.`;
    fail('operation-too-costly', { operation: '$identity-evidence' }, { diagnostics });
  }
  return found.map(({ id }) => id);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\$,|]/g, '\\$&');
}

/**
 * The writer of the oldest of the newest versions that have the identifier without a gap: removing it and adding it again both count as
 * changes.
 * @returns undefined if the record does not have it now
 */
async function evidenceOf(
  { unguarded, clock, timeZone }: Services,
  { type, id }: { type: string; id: string },
  identifier: Identifier,
): Promise<Evidence | undefined> {
  let first: number | undefined;
  for (let before: number | undefined; ;) {
    const from = before === undefined ? {} : { before };
    const { versions } = await unguarded.history(type, id, { ...from, count: chunk });
    for (const version of versions) {
      if (!carries(version, identifier, { now: clock(), timeZone }))
        return first === undefined ? undefined : writtenBy(first);
      first = version.versionId;
    }
    before = versions.at(-1)?.versionId;
    if (versions.length < chunk) return first === undefined ? undefined : writtenBy(first);
  }

  async function writtenBy(versionId: number): Promise<Evidence> {
    const writers = await unguarded.writersOf(type, id);
    return { id, writer: writers.find((one) => one.versionId === versionId)?.writer ?? null };
  }
}

/** A record that is not in use, and an identifier that is an old one or is over, say nothing about who somebody is now. */
function carries(
  { deleted, content }: StoredVersion,
  { system, value }: Identifier,
  { now, timeZone }: { readonly now: Date; readonly timeZone: string },
): boolean {
  if (deleted) return false;
  const { active, identifier } = JSON.parse(content.toString('utf8')) as { active?: unknown; identifier?: unknown };
  if (active === false || !Array.isArray(identifier)) return false;
  return identifier.some(
    (one) =>
      isObject(one) &&
      one['system'] === system &&
      one['value'] === value &&
      one['use'] !== 'old' &&
      !isOver(one, now, timeZone),
  );
}

/** One that does not tell when it ends counts as over. */
function isOver({ period }: Record<string, unknown>, now: Date, timeZone: string): boolean {
  const { until, isRead } = periodBounds(period, timeZone);
  return !isRead || until <= now.getTime();
}
