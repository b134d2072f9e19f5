/** Searches: every type of parameter, modifier and prefix, chains, filters, includes, sorts, totals; pages by their links. */
import type { Random } from '../../random.ts';
import type { Answer, Sent } from '../entry.ts';
import type { Script, Session } from '../session.ts';
import { queries } from '../../../packages/fhir-store/test/search-world-random.ts';
import { criterion, randomType } from './criteria.ts';
import { shapedSearch } from './shapes.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' } as const;

const sorts: Readonly<Record<string, readonly string[]>> = {
  Patient: [
    'family',
    '-birthdate',
    '_id',
    '-_lastUpdated',
    'gender,name',
    'identifier',
    'general-practitioner',
    'family,-birthdate',
  ],
  Observation: ['date', '-date,code', 'value-quantity', '-_lastUpdated', 'status', 'value-concept', '_id'],
  Encounter: ['date', '-date', 'status', '_lastUpdated'],
  Condition: ['onset-date', '-recorded-date', 'abatement-date', 'code'],
};
const includes: Readonly<Record<string, readonly string[]>> = {
  Patient: [
    '_include=Patient:organization',
    '_include=Patient:*',
    '_revinclude=Observation:patient',
    '_revinclude=*',
    '_revinclude=Encounter:patient&_revinclude:iterate=Observation:encounter',
  ],
  Observation: [
    '_include=Observation:patient',
    '_include=*',
    '_include=Observation:encounter&_include:iterate=Encounter:participant',
    '_include=Observation:performer:Practitioner',
    '_include=Observation:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
    '_include=x',
  ],
  Encounter: [
    '_include=Encounter:patient',
    '_revinclude=Observation:encounter',
    '_revinclude:iterate=Observation:encounter',
  ],
  Condition: ['_include=Condition:subject', '_include=Condition:patient&_include:iterate=Patient:general-practitioner'],
};
const filters: Readonly<Record<string, readonly string[]>> = {
  Patient: [
    'name eq "Karimov"',
    'not (gender eq male)',
    'birthdate pr true and name co "a"',
    '_id eq p1 or _id eq p2',
    'birthdate gt 1980',
    'name eq',
  ],
  Observation: [
    'status eq final and (code eq 8480-6 or code eq 718-7)',
    'date gt 2021-06-01 and date lt 2022',
    'patient.family sw "Kar"',
    'value-quantity gt 20',
    'code in https://example.org/laboratory',
    '((status eq final)',
  ],
  Encounter: ['status eq planned or date gt 2022', 'patient.gender eq female'],
};
const elements: Readonly<Record<string, readonly string[]>> = {
  Patient: ['id', 'name,birthDate', 'meta'],
  Observation: ['code,status', 'id', 'valueQuantity'],
  Encounter: ['status', 'subject'],
};
const results = [
  ['_total', ['accurate', 'none', 'estimate', 'accurate', 'x']],
  ['_summary', ['true', 'text', 'data', 'count', 'false']],
  ['_contained', ['true', 'both', 'false']],
  ['_count', ['0', '1', '3', '50', '-1']],
  ['_list', ['list', 'none', '$current-problems']],
  ['_text', ['karimov', 'blood']],
  ['_content', ['sugar', 'pressure', 'ward or clinic', '"pressure of blood"', '-sugar']],
  ['_lastUpdated', ['gt2020', 'lt2020', 'ge2025-01-01']],
  ['_tag', ['x|y']],
  ['_security:not', ['R']],
  ['_profile', ['http://example.org/p']],
] as const;

/** The query of a search, encoded. */
export function randomQuery(type: string, random: Random): string {
  const parts = Array.from({ length: random.pick([0, 1, 1, 1, 2, 2, 3]) }, () => criterion(type, random));
  if (random.oneIn(3)) parts.push(`_sort=${random.pick(sorts[type] ?? ['_id', '-_lastUpdated'])}`);
  if (random.oneIn(6)) parts.push(random.pick(includes[type] ?? ['_include=*', '_revinclude=*']));
  if (random.oneIn(10)) parts.push(`_filter=${encodeURIComponent(random.pick(filters[type] ?? ['_id eq l1']))}`);
  if (random.oneIn(12)) parts.push(`_elements=${random.pick(elements[type] ?? ['id'])}`);
  if (random.oneIn(2)) {
    const [name, values] = random.pick(results);
    parts.push(`${name}=${encodeURIComponent(random.pick<string>(values))}`);
  }
  return parts.join('&');
}

function asRequest(type: string, query: string, random: Random): Sent {
  const headers = random.oneIn(5) ? { prefer: 'handling=lenient' } : {};
  switch (random.below(10)) {
    case 0:
      return { method: 'POST', path: `/${type}/_search`, headers: { ...form, ...headers }, body: query };
    case 1:
      return { method: 'GET', path: `/Patient/p${random.below(25)}/${random.oneIn(4) ? '*' : type}?${query}`, headers };
    case 2:
      return { method: 'GET', path: `?_type=${type}${random.oneIn(2) ? ',Patient' : ''}&${query}`, headers };
    case 3:
      return { method: 'HEAD', path: `/${type}?${query}`, headers };
    default:
      return { method: 'GET', path: `/${type}?${query}`, headers };
  }
}

export function searches(share: number): Script {
  return {
    kind: 'searches',
    share,
    async run(session) {
      while (session.left > 0) {
        const type = randomType(session.random);
        await session.send(asRequest(type, randomQuery(type, session.random), session.random));
      }
    },
  };
}

/** With the statements that are sent to the database. */
export function compiledSearches(share: number): Script {
  return {
    kind: 'compiled searches',
    share,
    async run(session) {
      for (const { type, query, count } of queries(session.random.below(1_000), Math.ceil(session.left / 5))) {
        await session.send({ method: 'GET', path: `/${type}?_count=${count}&${query}`, statements: true });
      }
      while (session.left > 0) {
        const answer = await session.send(shapedSearch(session.random));
        const next = session.random.oneIn(4) && session.left > 0 ? linkOf(answer, 'next') : undefined;
        if (next !== undefined) await session.send({ method: 'GET', path: next, statements: true });
      }
    },
  };
}

/** Searches of few matches a page, followed by the links of the answers, back now and then. */
export function paging(share: number): Script {
  return {
    kind: 'paging',
    share,
    async run(session) {
      while (session.left > 0) await follow(session);
    },
  };
}

async function follow(session: Session): Promise<void> {
  const { random } = session;
  const type = random.pick(['Patient', 'Observation', 'Encounter', 'Condition']);
  const parts = [
    `_count=${1 + random.below(9)}`,
    ...(random.oneIn(2) ? [`_sort=${random.pick(sorts[type]!)}`] : []),
    ...(random.oneIn(3) ? [random.pick(includes[type]!)] : []),
    ...(random.oneIn(2) ? [criterion(type, random)] : []),
    ...(random.oneIn(4) ? ['_total=accurate'] : []),
  ];
  let answer = await session.send({ method: 'GET', path: `/${type}?${parts.join('&')}` });
  for (let pages = 0; pages < 8 && session.left > 0; pages += 1) {
    const next = linkOf(answer, random.oneIn(5) ? random.pick(['previous', 'first', 'self', 'last']) : 'next');
    if (next === undefined) return;
    answer = await session.send({ method: 'GET', path: next });
  }
}

/** The path of a link of a Bundle, below the base URL. */
export function linkOf({ text }: Answer, relation: string): string | undefined {
  if (!text.startsWith('{"resourceType":"Bundle"')) return undefined;
  const { link = [] } = JSON.parse(text) as { link?: { relation: string; url: string }[] };
  return link.find((one) => one.relation === relation)?.url.replace(/^https?:\/\/[^/]+\/fhir/, '');
}
