/**
 * Groups of patients by characteristic: the profile bulk-cohort-group, whose members are those who meet searches.
 * https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/group.html
 */
import { SearchFault, type ParseOptions } from '@dhp/fhir-search';
import { conditionOf, type Condition } from '@dhp/search-index';
import { Failure, failure } from '../http/errors.ts';
import { readPairs } from '../http/query.ts';
import { sentence } from '../http/search-problems.ts';
import { membersOf } from '../search/compartments.ts';

type Json = Readonly<Record<string, unknown>>;

export const memberFilterUrl = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/member-filter';
export const cohortProfile = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/bulk-cohort-group';
const refreshedUrl = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/members-refreshed';

/** One search, which a member meets, or something in the compartment of a member. */
export interface MemberFilter {
  readonly type: string;
  /** Names and values, decoded. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
}

/** Searches of one Group, and characters of each: it is read at each use. */
const mostFilters = 20;
const mostCharacters = 4_000;

/** Parameters that shape the answer to a search, and do not select matches. */
const ofResults =
  /^_(include|revinclude|sort|count|total|summary|elements|contained|containedType|score|format|pretty|cursor|maxresults|graph|type|query)\b/;

const place = 'Group.modifierExtension';

/** The searches of a Group whose members are those who meet all of them; undefined for a Group that lists its members. Fails with `cohort-invalid`. */
export function memberFilters(group: Json): MemberFilter[] | undefined {
  if (group['resourceType'] !== 'Group') return undefined;
  const found = list(group['modifierExtension']).flatMap((one, n) =>
    one['url'] === memberFilterUrl ? [[n, one] as const] : [],
  );
  if (found.length === 0) return undefined;
  if (found.length > mostFilters) refuse(place, `A Group has ${mostFilters} filters at most, not ${found.length}.`);
  return found.map(([n, { valueExpression }]) => filterOf(valueExpression, `${place}[${n}].valueExpression`));
}

function filterOf(expression: unknown, at: string): MemberFilter {
  const { language, expression: text } = isObject(expression) ? expression : {};
  if (language !== 'application/x-fhir-query')
    refuse(`${at}.language`, 'A member-filter has a valueExpression with the language application/x-fhir-query.');
  const [, type = '', query = ''] = typeof text === 'string' ? (/^([A-Za-z]+)\?(.+)$/s.exec(text) ?? []) : [];
  const where = `${at}.expression`;
  if (typeof text !== 'string' || text.length > mostCharacters || !membersOf('Patient').has(type)) {
    const shown = JSON.stringify(text ?? '').slice(0, 100);
    const cure = `Write a search of Patient or of a type in its compartment, such as Condition?code=E11, of ${mostCharacters} characters at most.`;
    refuse(where, `No member of the Group can meet ${shown}. ${cure}`);
  }
  const pairs = readPairs(query, 'member-filter');
  const unfit = pairs.find(([name]) => ofResults.test(name));
  if (unfit !== undefined)
    refuse(
      where,
      `${unfit[0].slice(0, 100)} is about the answer to a search, and no member can meet it. Leave it out.`,
    );
  if (pairs.every(([, value]) => value === ''))
    refuse(where, 'The search has no parameter with a value, and all would meet it.');
  return { type, pairs };
}

/**
 * The failure of a write of a Group whose searches cannot be answered, or whose statement about its members is false; undefined for all
 * other resources.
 */
export function cohortFault(
  resource: Json,
  options: Omit<ParseOptions, 'terminology' | 'collections' | 'hierarchies'>,
): Failure | undefined {
  try {
    const filters = memberFilters(resource);
    if (filters === undefined) return undefined;
    requireProfile(resource);
    const numbers = list(resource['modifierExtension']).flatMap(({ url }, n) => (url === memberFilterUrl ? [n] : []));
    for (const [n, filter] of filters.entries())
      understandFilter(
        filter,
        { ...options, ...answeredLater(() => undefined) },
        `${place}[${numbers[n]}].valueExpression.expression`,
      );
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Elements by which a Group would say otherwise than its searches who its members are. */
function requireProfile(group: Json): void {
  if (group['type'] !== 'person')
    refuse('Group.type', 'A Group with member-filter is of type person here: its members are Patients.');
  if (typeof group['name'] !== 'string') refuse('Group.name', 'A Group with member-filter has a name.');
  if (group['membership'] !== 'definitional')
    refuse(
      'Group.membership',
      'Members of a Group with member-filter are listed nowhere: its membership is definitional.',
    );
  for (const name of ['member', 'characteristic', 'quantity'])
    if (group[name] !== undefined)
      refuse(
        `Group.${name}`,
        `${name} is not taken beside member-filter, which says alone who the members are. Leave it out.`,
      );
  if (list(group['extension']).some(({ url }) => url === refreshedUrl))
    refuse('Group.extension', 'members-refreshed is not taken: the members are found anew at each use. Leave it out.');
}

/** The condition that a resource of the type meets the search. Fails with `cohort-invalid`. @throws BudgetSpent */
export function understandFilter({ type, pairs }: MemberFilter, options: ParseOptions, at = place): Condition {
  try {
    return conditionOf(type, pairs, { ...options, lenient: false });
  } catch (error) {
    if (!(error instanceof SearchFault)) throw error;
    const problems = error.problems.map((problem) => `${type}?${sentence(problem)}`).join(' ');
    return refuse(at, problems);
  }
}

/** Members of value sets and lists are requested when the members of the Group are. @param asked called for each question */
export function answeredLater(asked: () => void): Pick<ParseOptions, 'terminology' | 'collections' | 'hierarchies'> {
  const nothing = (): never[] => {
    asked();
    return [];
  };
  return {
    terminology: { members: nothing, descendants: nothing, ancestors: nothing },
    collections: { members: nothing },
    hierarchies: { related: nothing },
  };
}

function refuse(expression: string, diagnostics: string): never {
  throw failure('cohort-invalid', { place: expression }, { diagnostics: `${expression}: ${diagnostics}`, expression });
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
