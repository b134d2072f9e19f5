import { uuidv7 } from '@dhp/fhir-model';
import type { NewVersion } from '@dhp/fhir-store';
import { chooseLanguage } from '@dhp/negotiation';
import { preferredReturn } from '../http/negotiate.ts';
import { written } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { answerCreate, prepareCreate } from '../interactions/creation.ts';
import { heardBy, headerOf, type Call, type Interaction, type Services } from '../contract/interaction.ts';
import { versionUrl } from '../http/urls.ts';
import { criteriaInHeader, requireCriteriaPermission, type Criteria } from './criteria.ts';
import { decideAndWrite, type Decision } from './decision.ts';
import { atMostOne, type Match } from './matches.ts';

/**
 * A new resource under an id of the server; an id in the body is ignored, as FHIR says.
 * https://hl7.org/fhir/R5/http.html#create
 */
export const create: Interaction = async (services, call) => {
  const criteria = headerOf(call, 'if-none-exist');
  if (criteria !== undefined) return conditionalCreate(services, call, criteria);
  return answerCreate(services, call, await services.store.create(prepareCreate(services, call)));
};

/** A create that happens only where nothing matches. https://hl7.org/fhir/R5/http.html#ccreate */
async function conditionalCreate(services: Services, call: Call, header: string): Promise<Answer> {
  requireCriteriaPermission(call);
  const criteria = criteriaInHeader(services, call, header);
  const resource = prepareCreate(services, call);
  const id = uuidv7();
  return decideAndWrite(services, criteria, (matches) =>
    decideCreate(services, call, { criteria, matches, resource, id }),
  );
}

/** With a match nothing is created, and the answer is about that. Fails with `multiple-matches`. */
export async function decideCreate(
  services: Services,
  call: Call,
  {
    criteria,
    matches,
    resource,
    id,
  }: { criteria: Criteria; matches: readonly Match[]; resource: NewVersion; id: string },
): Promise<Decision | undefined> {
  const match = atMostOne(criteria, matches);
  if (match === undefined) {
    return {
      writes: [{ kind: 'create', id, ...resource }],
      answer: ([outcome]) => answerCreate(services, call, outcome!),
    };
  }
  const version = await services.reading('s').store.read(criteria.type, match.id);
  if (version === undefined || version.deleted) return undefined;
  const location = versionUrl(services.baseUrl, version);
  const language = chooseLanguage(headerOf(call, 'accept-language'), services.defaultLanguage);
  const wanted = preferredReturn(headerOf(call, 'prefer'));
  const answer = written(
    { version, notice: 'existing', isNew: false, location, heard: heardBy(services) },
    wanted,
    language,
  );
  // A client that wanted to create needs the location of the existing resource.
  return { writes: [], answer: () => ({ ...answer, headers: { ...answer.headers, location } }) };
}
