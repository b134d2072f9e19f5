/** Random criteria beside those of one parameter and its values: narratives, lists, groups, hierarchies, typed identifiers, canonicals and `_filter`. */
import { parameters } from './parameters.ts';
import { at, compareRanges, folded, rangeOf, rangesOf, strings, tokensOf } from './values.ts';
import { dateIn, idOf, local, type Chance, type Json, type Resource } from './world.ts';
import { targetOf, type Criterion, type World } from './criteria.ts';

type Maker = (random: Chance, world: World) => Criterion;

/** Words of a narrative; the world has them in lower case. */
const narrative: Maker = ({ pick }) => {
  const [first, second] = [pick(['sugar', 'pressure']), pick(['high', 'low'])];
  const words = (one: Resource): string[] =>
    strings(one, 'text', 'div').flatMap((div) =>
      div
        .replaceAll(/<[^>]*>/g, ' ')
        .trim()
        .split(' '),
    );
  return pick<Criterion>([
    { name: '_text', value: first, meets: (one) => words(one).includes(first) },
    {
      name: '_text',
      value: `${first} ${second}`,
      meets: (one) => words(one).includes(first) && words(one).includes(second),
    },
    {
      name: '_text',
      value: `${first} or ${second}`,
      meets: (one) => words(one).includes(first) || words(one).includes(second),
    },
  ]);
};

const keysAt = (world: World, resource: Json | undefined, ...path: string[]): Set<string | undefined> =>
  new Set(at(resource, ...path).map((one) => targetOf(one['reference'], world.baseUrl)));

const listed: Maker = ({ below }, world) => {
  const id = idOf('List', below(world.counts['List']!));
  const items = keysAt(world, world.all.get(`List/${id}`), 'entry', 'item');
  return { name: '_list', value: id, meets: (one) => items.has(`${one.resourceType}/${one.id}`) };
};

const grouped: Maker = ({ below, pick }, world) => {
  const id = idOf('Group', below(world.counts['Group']!));
  // Those of this server alone: docs/search.md, "Members".
  const named = keysAt(world, world.all.get(`Group/${id}`), 'member', 'entity');
  const members = new Set([...named].filter((key) => key?.includes('://') !== true));
  const isIn = pick([true, false]);
  const isMember = (one: Resource): boolean =>
    at(one, 'subject').some(({ reference }) => members.has(targetOf(reference, world.baseUrl)));
  return { name: `subject:${isIn ? 'in' : 'not-in'}`, value: `Group/${id}`, meets: (one) => isMember(one) === isIn };
};

/** References to a Location or to those that it is part of, or that are part of it. */
const hierarchy: Maker = ({ below, pick }, world) => {
  const top = `Location/${idOf('Location', below(world.counts['Location']!))}`;
  const above = (key: string | undefined): string[] => {
    const resource = key === undefined ? undefined : world.all.get(key);
    return resource === undefined
      ? []
      : [key!, ...at(resource, 'partOf').flatMap(({ reference }) => above(targetOf(reference, world.baseUrl)))];
  };
  const targets = (one: Resource): (string | undefined)[] =>
    at(one, 'partOf').map(({ reference }) => targetOf(reference, world.baseUrl));
  return pick<Criterion>([
    { name: 'partof:below', value: top, meets: (one) => targets(one).some((target) => above(target).includes(top)) },
    {
      name: 'partof:above',
      value: top,
      meets: (one) => targets(one).some((target) => above(top).includes(target ?? '')),
    },
  ]);
};

const typed: Maker = ({ below, pick }) => {
  const [code, value] = [pick(['MR', 'PPN']), pick([`${below(40)}`, 'X', 'x,y'])];
  const isOne = (identifier: Json): boolean =>
    identifier['value'] === value &&
    tokensOf(at(identifier, 'type')).some((token) => token.system === local && token.code === code);
  return {
    name: 'identifier:of-type',
    value: `${local}|${code}|${value.replace(',', '\\,')}`,
    meets: (one) => at(one, 'identifier').some(isOne),
  };
};

const canonical: Maker = ({ pick }) => {
  const [url, version] = [`https://example.uz/${pick(['a', 'a/b', 'ab'])}`, pick(['1', '1.2', '2'])];
  const test = (meets: (url: string, version: string | undefined) => boolean) => (one: Resource) =>
    strings(one, 'questionnaire').some((text) => {
      const [own = '', ownVersion] = text.split('|');
      return meets(own, ownVersion);
    });
  return pick<Criterion>([
    { name: 'questionnaire', value: url, meets: test((own) => own === url) },
    {
      name: 'questionnaire',
      value: `${url}|${version}`,
      meets: test((own, ownVersion) => own === url && ownVersion === version),
    },
    {
      name: 'questionnaire:below',
      value: `${url}|${version}`,
      meets: test(
        (own, ownVersion = '') => own === url && (ownVersion === version || ownVersion.startsWith(`${version}.`)),
      ),
    },
  ]);
};

interface Test {
  readonly text: string;
  readonly meets: (one: Resource) => boolean;
}

/** https://hl7.org/fhir/R5/search_filter.html */
function filterTest(random: Chance, type: string, depth: number): Test {
  const { pick, below } = random;
  if (depth > 0 && below(3) > 0) {
    const [first, second] = [filterTest(random, type, depth - 1), filterTest(random, type, depth - 1)];
    return pick<Test>([
      { text: `(${first.text} and ${second.text})`, meets: (one) => first.meets(one) && second.meets(one) },
      { text: `(${first.text} or ${second.text})`, meets: (one) => first.meets(one) || second.meets(one) },
      { text: `not (${first.text})`, meets: (one) => !first.meets(one) },
    ]);
  }
  const among = parameters[type]!.filter(
    (one) => ['string', 'date', 'token'].includes(one.type) && !['_id', '_lastUpdated'].includes(one.code),
  );
  const parameter = pick(among);
  const { code, of } = parameter;
  if (parameter.type === 'date') {
    const [op, value] = [pick(['eq', 'gt', 'ge', 'lt', 'le', 'sa', 'eb'] as const), dateIn(random)];
    return {
      text: `${code} ${op} ${value}`,
      meets: (one) => rangesOf(of(one)).some((range) => compareRanges(op, range, rangeOf(value))),
    };
  }
  if (parameter.type === 'string') {
    const [op, value] = [pick(['sw', 'co', 'ew'] as const), pick(['kar', 'Карим', 'ov', 'i', 'Clinic', 'ward'])];
    const tests = {
      sw: (text: string) => text.startsWith(folded(value)),
      co: (text: string) => text.includes(folded(value)),
      ew: (text: string) => text.endsWith(folded(value)),
    };
    return {
      text: `${code} ${op} "${value}"`,
      meets: (one) => (of(one) as string[]).some((text) => tests[op](folded(text))),
    };
  }
  const value = pick(['male', 'female', 'final', 'completed', 'active', '8480-6', 'lab', 'true']);
  const isKnown = code !== 'active' && code !== 'deceased';
  const asked = isKnown ? value : 'true';
  return {
    text: `${code} eq ${asked}`,
    meets: (one) => tokensOf(of(one), parameter.system).some((token) => token.code === asked),
  };
}

/** The special criteria of each type. */
const makers: Readonly<Record<string, readonly Maker[]>> = {
  Patient: [narrative, listed, typed],
  Observation: [narrative, listed, grouped],
  Condition: [narrative, grouped],
  Encounter: [grouped],
  Location: [hierarchy],
  QuestionnaireResponse: [canonical],
};

/** Returns a special criterion of a type. */
export function special(random: Chance, type: string, world: World): Criterion {
  const maker = random.oneIn(2) ? undefined : makers[type];
  if (maker !== undefined) return random.pick(maker)(random, world);
  const { text, meets } = filterTest(random, type, 2);
  return { name: '_filter', value: text, meets };
}
