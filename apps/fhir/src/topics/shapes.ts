/** Resources that go along with a change. https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.notificationShape */
import { parseSearch, SearchFault, type Include } from '@dhp/fhir-search';
import { readPairs } from '../http/query.ts';
import { Failure } from '../http/errors.ts';
import { sentence } from '../http/search-problems.ts';
import { objects, texts } from './json.ts';
import type { Reading, Wrong } from './topic.ts';
import { typeNamed, whichType } from './type-named.ts';

/** Includes of all shapes together. */
const mostIncludes = 50;

/** @param types the types of the triggers */
export function readShapes(
  given: unknown,
  types: readonly string[],
  reading: Reading,
  wrong: Wrong,
): ReadonlyMap<string, readonly Include[]> {
  const shapes = new Map<string, Include[]>();
  let count = 0;
  for (const [number, shape] of objects(given)) {
    const place = `notificationShape[${number}]`;
    const type = typeNamed(shape['resource']);
    if (type === undefined) wrong(`${place}.resource`, whichType(shape['resource']));
    else if (!types.includes(type) && types.length > 0)
      wrong(`${place}.resource`, `the resource of a trigger (${types.join(', ')}), not ${type}`);
    for (const element of ['include', 'revInclude'] as const) {
      const wanted = texts(shape[element]);
      count += wanted.length;
      if (count > mostIncludes) {
        wrong(place, `at most ${mostIncludes} includes in all shapes`);
        return shapes;
      }
      for (const [n, text] of wanted.entries()) {
        const found = type === undefined ? [] : readInclude(type, element, text, reading);
        if (typeof found === 'string') wrong(`${place}.${element}[${n}]`, found);
        else if (type !== undefined) shapes.set(type, [...(shapes.get(type) ?? []), ...found]);
      }
    }
  }
  return shapes;
}

/** The form of R5: `Encounter:patient`, optionally followed by `&iterate=Patient:link` for includes of the included resources. */
function readInclude(
  type: string,
  element: 'include' | 'revInclude',
  text: string,
  { timeZone, ownBases, own }: Reading,
): readonly Include[] | string {
  const name = `_${element.toLowerCase()}`;
  try {
    const pairs = readPairs(text.startsWith(`${name}=`) ? text : `${name}=${text}`, 'the include');
    // R5's own examples have a point between type and parameter there.
    const named = pairs.map(([key, value]) =>
      key === 'iterate' ? ([`${name}:iterate`, value.replace('.', ':')] as const) : ([key, value] as const),
    );
    const stray = named.find(([key]) => !/^_(rev)?include(:iterate)?$/.test(key));
    if (stray !== undefined)
      return `an include such as Encounter:patient, perhaps with &iterate=Patient:link, without ${stray[0].slice(0, 100)}`;
    const options = { timeZone, ownBases, now: new Date(0), lenient: false, ...(own === undefined ? {} : { own }) };
    return parseSearch({ type }, named, options).search.includes;
  } catch (error) {
    if (error instanceof SearchFault) return error.problems.map(sentence).join(' ').replace(/\.$/, '');
    if (error instanceof Failure) return error.detail.diagnostics.replace(/\.$/, '');
    throw error;
  }
}
