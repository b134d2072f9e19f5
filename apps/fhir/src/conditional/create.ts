import { uuidv7 } from '@dhp/fhir-model';
import type { NewVersion } from '@dhp/fhir-store';
import { chooseLanguage } from '../http/language.ts';
import { preferredReturn } from '../http/negotiate.ts';
import { written, type Answer } from '../http/respond.ts';
import { answerCreate, prepareCreate } from '../interactions/creation.ts';
import { headerOf, type Call, type Services } from '../interactions/interaction.ts';
import { versionUrl } from '../interactions/urls.ts';
import { criteriaInHeader, requireCriteriaPermission, type Criteria } from './criteria.ts';
import { decideAndWrite, type Decision } from './decision.ts';
import { atMostOne, type Match } from './matches.ts';

/** A create that happens only where nothing matches. https://hl7.org/fhir/R5/http.html#ccreate */
export async function conditionalCreate(services: Services, call: Call, header: string): Promise<Answer> {
  requireCriteriaPermission(call);
  const criteria = criteriaInHeader(services, call.type, header);
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
  const answer = written({ version, notice: 'existing', isNew: false, location }, wanted, language);
  // Who asked to create wants to know where it is.
  return { writes: [], answer: () => ({ ...answer, headers: { ...answer.headers, location } }) };
}
