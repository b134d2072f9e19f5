/** `Observation/$lastn`. https://hl7.org/fhir/R5/observation-operation-lastn.html */
import type { Observation } from '@dhp/fhir-model';
import type { GivenParameter } from '@dhp/fhir-search';
import { chooseLanguage } from '@dhp/negotiation';
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { payForParsing } from '../../http/cost.ts';
import { queryString, readParameters } from '../../search/parameters.ts';
import { searchOutcome } from '../../search/search-notices.ts';
import { searchsetBundle } from '../../search/searchset.ts';
import { noticesOf, understood, whileParametersChange } from '../../search/understood.ts';
import { invalid, isObject, partsOf } from '../input.ts';
import { eachOf } from '../query-pages.ts';
import { Groups, keysOf } from './groups.ts';
import { byRecency, timeOf } from './recent.ts';

/** Parameters about pages of a search, which this operation does not have, and about resources included with matches. */
const ofPages: ReadonlySet<string> = new Set([
  ...['_sort', '_count', '_maxresults', '_total', '_score', '_explain', '_cursor'],
  ...['_include', '_revinclude', '_contained', '_containedType'],
]);

const ofSubject = /^(?:patient|subject)(?:[:.]|$)/;
/** The parameters of Observation whose expression contains a code. */
const ofCode = /^(?:category|code|combo-code|component-code|(?:combo-|component-)?code-value-[a-z]+)(?:[:.]|$)/;

/**
 * Returns the most recent Observations found by a search for each code and subject: the whole search is read, since equivalent codings can
 * join groups by any of them. Fails as a search does, and with `parameter-invalid` if it names no subject, and neither a category nor a
 * code.
 */
export async function lastn(services: Services, call: Call): Promise<Answer> {
  const { max, searched, presented } = readAsked(call);
  const scope = { path: '/Observation/$lastn', interaction: '$lastn', of: 'Observation' };
  const { parsed, permitted, groups } = await whileParametersChange(async () => {
    const { parsed, permitted } = await understood(services, call, scope, searched);
    const groups = new Groups({ most: max, withTies: true }, call.budget);
    const [branch] = parsed.query.branches;
    if (branch === undefined) return { parsed, permitted, groups };
    for await (const version of eachOf(services, call, branch, '$lastn')) {
      payForParsing(call.budget, version.content);
      const observation = JSON.parse(version.content.toString()) as Observation;
      groups.add(keysOf(observation), { version, time: timeOf(observation, services.timeZone) });
    }
    return { parsed, permitted, groups };
  });
  const last = groups.all().flat().sort(byRecency);
  // The right to a resource that was read first may have ended since.
  const seen = await services.reading('s').seen(last.map(({ version }) => version));
  const matches = seen.filter((version) => version !== undefined);
  const told = noticesOf(parsed, permitted);
  const language = chooseLanguage(headerOf(call, 'accept-language'), services.defaultLanguage);
  const asked = queryString([...searched, ['max', String(max)], ...presented]);
  const searchset = {
    total: matches.length,
    links: [{ relation: 'self' as const, url: `${services.baseUrl}${scope.path}?${asked}` }],
    matches,
    included: [],
    outcome: told.length === 0 ? undefined : searchOutcome(told, language),
  };
  const answer = await searchsetBundle(services.baseUrl, searchset, call.budget);
  if (told.length > 0) Object.assign(answer.headers, { 'content-language': language, vary: 'Accept-Language' });
  return answer;
}

interface Asked {
  readonly max: number;
  readonly searched: readonly GivenParameter[];
  readonly presented: readonly GivenParameter[];
}

function readAsked(call: Call): Asked {
  const { searched: named, presented, cursors } = readParameters(call.query);
  const all = [...named, ...partsOf(call).map(parameterIn), ...cursors.map((one) => ['_cursor', one] as const)];
  const max = all.filter(([name]) => name === 'max').map(([, value]) => value);
  if (max.length > 1) invalid('max', `max stands ${max.length} times; it can stand once.`);
  const [text = '1'] = max;
  if (!/^[1-9]\d{0,8}$/.test(text))
    invalid('max', `max is a whole number of 1 or more, not ${JSON.stringify(text.slice(0, 100))}.`);
  const searched = all.filter(([name]) => name !== 'max');
  const names = searched.map(([name]) => name);
  const paged = names.find((name) => ofPages.has(name.split(':')[0]!));
  if (paged !== undefined)
    invalid(paged, `$lastn answers with the most recent Observations of each code, without pages. Leave out ${paged}.`);
  if (!names.some((name) => ofSubject.test(name)))
    invalid('patient', '$lastn is about a subject: it needs patient or subject.');
  if (!names.some((name) => ofCode.test(name)))
    invalid('category', '$lastn needs category, code or another parameter that searches by a code.');
  return { max: Number(text), searched, presented };
}

/** A part of Parameters is a parameter of the search: its value as an address would have it. */
function parameterIn(part: unknown, n: number): GivenParameter {
  const place = `Parameters.parameter[${n}]`;
  const { name, ...members } = isObject(part) ? part : {};
  if (typeof name !== 'string') invalid('parameter', 'A parameter has a name.', place);
  const [value, ...more] = Object.entries(members).flatMap(([member, value]) =>
    /^value[A-Z]/.test(member) ? [value] : [],
  );
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isText || more.length > 0)
    invalid(name, `${name} has one value of a primitive type, such as valueString.`, place);
  return [name, String(value)];
}
