// Checks that the languages of an area agree: the same keys in the same order, the same values in each message, complete plurals.
import { languages, leavesOf } from './areas.mjs';
import { argumentsOf, faultsOf } from './arguments.mjs';

/** Faults of an area, one per line; an empty list if the languages agree. */
export function areaFaults({ folder, files }) {
  const absent = languages.filter((language) => files[language] === undefined);
  if (absent.length > 0) return absent.map((language) => `${folder}/${language}.json is missing`);
  const texts = new Map(languages.map((language) => [language, textsOf(files[language])]));
  const keys = [...new Set([...texts.values()].flatMap((each) => [...each.keys()]))];
  const faults = keys.flatMap((key) => keyFaults(key, texts).map((fault) => `${folder}: ${key} ${fault}`));
  return faults.length > 0 ? faults : orderFaults(folder, texts);
}

const textsOf = (tree) => new Map(leavesOf(tree).map(([path, text]) => [path.join('.'), text]));

function keyFaults(key, texts) {
  const lacking = languages.filter((language) => typeof texts.get(language).get(key) !== 'string');
  if (lacking.length > 0) return [`is missing in ${lacking.join(', ')}`];
  const each = languages.map((language) => [language, texts.get(language).get(key)]);
  const empty = each.flatMap(([language, text]) => (text.trim() === '' ? [`is empty in ${language}`] : []));
  try {
    const plural = each.flatMap(([language, text]) =>
      faultsOf(text, language).map((fault) => `${fault} (${language})`),
    );
    return [...empty, ...plural, ...valueFaults(each)];
  } catch (error) {
    return [`is no message: ${error.message}`];
  }
}

function valueFaults(each) {
  const named = each.map(([language, text]) => {
    const values = [...argumentsOf(text)].map(([name, { optional }]) => `${name}${optional ? '?' : ''}`);
    return [language, values.sort().join(', ')];
  });
  const [[, first]] = named;
  if (named.every(([, names]) => names === first)) return [];
  return [`has other values: ${named.map(([language, names]) => `${language} (${names})`).join(', ')}`];
}

/** Files with keys in different orders cannot be compared line by line. */
function orderFaults(folder, texts) {
  const [first, ...rest] = languages.map((language) => [...texts.get(language).keys()].join('\n'));
  return rest.every((keys) => keys === first) ? [] : [`${folder}: the keys have not the same order in each language`];
}
