/**
 * `POST /oauth/standing`: FHIR servers of the installation ask which rights that they keep beyond a token are still valid. They sign each
 * request, including its digest, with the key of the feed of revocations, for one use; the answer is signed with the same key and bound to
 * the request. docs/decisions/0103-rights-that-outlive-tokens.md
 */
import type { FastifyInstance } from 'fastify';
import type { EnvironmentName } from '@dhp/sso-kit';
import { addMails, type MailsOptions } from './mails.ts';
import { standingOfOwners, type AskedOwner, type AskedPerson, type StandingParts } from './owners-standing.ts';
import { addQuestions, objectIn, type QuestionOptions } from './server-questions.ts';

export const standingPath = '/oauth/standing';

/** Owners of one question, bytes of its body, and of one owner words of a list and characters of a word. */
const most = { owners: 500, bytes: 1024 ** 2, words: 1_000, characters: 2_000 };

/** Adds all endpoints for FHIR servers: the standing of rights, and sending mails. */
export function addQuestionsOfServers(app: FastifyInstance, o: StandingParts & MailsOptions): void {
  addStanding(app, o);
  addMails(app, o);
}

function addStanding(app: FastifyInstance, o: StandingParts & QuestionOptions): void {
  const endpoint = {
    ...{ path: standingPath, typ: 'dhp-standing', limited: 'standing:', mostBytes: most.bytes },
    refusals: { stranger: 'standing-key-missing', malformed: 'standing-malformed' },
    async answer(body: Buffer, environment: EnvironmentName) {
      const owners = ownersIn(body);
      return owners && { standing: await standingOfOwners(owners, environment, o) };
    },
  } as const;
  addQuestions(app, endpoint, o);
}

/** Undefined if the body has another form or too many owners. */
function ownersIn(body: Buffer): AskedOwner[] | undefined {
  const owners = objectIn(body)?.['owners'];
  if (!Array.isArray(owners) || owners.length === 0 || owners.length > most.owners) return undefined;
  return owners.every(isOwner) ? owners : undefined;
}

function isOwner(value: unknown): value is AskedOwner {
  if (typeof value !== 'object' || value === null) return false;
  const { client, scopes, organization, person } = value as Partial<Record<keyof AskedOwner, unknown>>;
  const isClient = isString(client, 200) && isWords(scopes) && isStringIfAny(organization);
  return isClient && (person === undefined || isPerson(person));
}

function isPerson(value: unknown): value is AskedPerson {
  if (typeof value !== 'object' || value === null) return false;
  const { id, grant, fhirUser, patient, byRoles, policies, roles, renewed } = value as Partial<
    Record<keyof AskedPerson, unknown>
  >;
  const isNamed = isString(id, 200) && isString(grant, 200) && isStringIfAny(fhirUser) && isStringIfAny(patient);
  const isListed = [policies, roles].every((list) => list === undefined || isWords(list));
  return isNamed && isListed && [byRoles, renewed].every((one) => one === undefined || typeof one === 'boolean');
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= most.words && value.every((one) => isString(one, most.characters));
}

function isStringIfAny(value: unknown): boolean {
  return value === undefined || isString(value, 200);
}

function isString(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest;
}
