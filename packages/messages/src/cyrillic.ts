/**
 * Uzbek texts in Cyrillic, by rule from those in Latin script: letter by letter according to the two alphabets of Uzbek, with a list of
 * words that the rule gets wrong and of names that stay in Latin script (cyrillic.json, which a translator can correct). Words with letters
 * that Uzbek does not use stay in Latin script too; the Uzbek ending of a name is written in Cyrillic after a hyphen, as in `FHIR-да`.
 */
import corrections from '../cyrillic.json' with { type: 'json' };

const kept: ReadonlySet<string> = new Set(corrections.keep);
/** The longest first, so that a word is not taken for a shorter one with which it begins. */
const words = Object.entries(corrections.words).sort(([a], [b]) => b.length - a.length);

/** Two letters before one; `yoʻ` is й and ў, not ё. */
const letters: readonly (readonly [string, string])[] = [
  ['yoʻ', 'йў'],
  ['tsiy', 'ций'],
  ['oʻ', 'ў'],
  ['gʻ', 'ғ'],
  ['sʼh', 'сҳ'],
  ['sh', 'ш'],
  ['ch', 'ч'],
  ['yo', 'ё'],
  ['yu', 'ю'],
  ['ya', 'я'],
  ['ye', 'е'],
  ...Object.entries({
    a: 'а',
    b: 'б',
    v: 'в',
    g: 'г',
    d: 'д',
    j: 'ж',
    z: 'з',
    i: 'и',
    y: 'й',
    k: 'к',
    l: 'л',
    m: 'м',
    n: 'н',
  }),
  ...Object.entries({
    o: 'о',
    p: 'п',
    r: 'р',
    s: 'с',
    t: 'т',
    u: 'у',
    f: 'ф',
    x: 'х',
    h: 'ҳ',
    q: 'қ',
    e: 'е',
    c: 'с',
    w: 'в',
    ʼ: 'ъ',
  }),
];

/** Addresses, paths, values with signs, and text quoted as code are not Uzbek. */
// eslint-disable-next-line regexp/no-super-linear-move -- texts of the house, and no values in them
const foreign = /https?:\/\/\S+|`[^`]*`|[\w.+-]+@[\w.-]+|(?<![\p{L}\p{N}])[\w-]*[/_=:.@][\w/=*.-]*\w|\S*\d\S*/gu;
const word = /[A-Za-z][A-Za-zʻʼ'‘’]*/g;

/** Uzbek has c only in ch, no w, and no capital after a small letter. */
const foreignLetters = /[cC](?![hH])|[wW]|[a-z][A-Z]/;
/** Endings of nouns, in their order: number, possessive, case. */
const endings = '(?:lar)?(?:i(?:miz|ngiz)?|si)?(?:n(?:ing|i(?:ki)?)|ga|da(?:n|gi(?:lar)?)?|dek|siz|li|dir)?';
const isEnding = new RegExp(`^${endings}$`);
const named = new RegExp(`^(.{2,}?)(${endings})$`);
const numbered = new RegExp(`(?<![\\p{L}\\d])([A-Z]+\\d+)(${endings})(?!\\p{L})`, 'u');

/**
 * The text in Cyrillic. Addresses, code, words with figures and names of the list stay in Latin letters.
 * @example
 * toCyrillic('Yoʻq, parolni oʻzgartiring'); // 'Йўқ, парольни ўзгартиринг'
 * toCyrillic('FHIRda Compartmentlar'); // 'FHIR-да Compartment-лар'
 */
export function toCyrillic(text: string): string {
  let result = '';
  let from = 0;
  for (const { 0: found, index } of text.matchAll(foreign)) {
    result += text.slice(from, index).replace(word, wordInCyrillic) + found.replace(numbered, nameWithEnding);
    from = index + found.length;
  }
  return result + text.slice(from).replace(word, wordInCyrillic);
}

function wordInCyrillic(given: string): string {
  const latin = given.replace(/(?<=[oOgG])['‘’]/g, 'ʻ').replace(/['‘’]/g, 'ʼ');
  if (isKept(latin)) return given;
  const [, name, ending] = nameIn(latin) ?? [];
  if (name !== undefined) return nameWithEnding('', name, ending ?? '');
  const exact = words.find(([key]) => key === latin);
  if (exact !== undefined) return exact[1];
  const lower = latin.toLowerCase();
  const stem = words.find(([key]) => lower.startsWith(key));
  const cyrillic = stem === undefined ? byRule(lower, true) : joined(stem[1], lower.slice(stem[0].length));
  if (latin.length > 1 && latin === latin.toUpperCase()) return cyrillic.toUpperCase();
  return latin.startsWith(lower.slice(0, 1)) ? cyrillic : cyrillic.slice(0, 1).toUpperCase() + cyrillic.slice(1);
}

/** The name with which a word begins and its ending, if it begins with a name: one of the list, or one with foreign letters. */
function nameIn(latin: string): readonly string[] | undefined {
  if (foreignLetters.test(latin)) {
    const parts = named.exec(latin);
    return parts !== null && foreignLetters.test(parts[1]!) ? parts : [latin, latin, ''];
  }
  for (let length = latin.length - 1; length > 1; length -= 1)
    if (isKept(latin.slice(0, length)) && isEnding.test(latin.slice(length)))
      return [latin, latin.slice(0, length), latin.slice(length)];
  return undefined;
}

/** As in the list, or at the beginning of a sentence. */
function isKept(latin: string): boolean {
  return kept.has(latin) || kept.has(latin.slice(0, 1).toLowerCase() + latin.slice(1));
}

function nameWithEnding(_: string, name: string, ending: string): string {
  return ending === '' ? name : `${name}-${byRule(ending, false)}`;
}

/** The soft sign falls before a vowel of an ending. */
function joined(stem: string, ending: string): string {
  return (/^[aeiou]/.test(ending) ? stem.replace(/ь$/, '') : stem) + byRule(ending, false);
}

/** @param isBeginning whether it begins a word: there, and after a vowel, e is э */
function byRule(latin: string, isBeginning: boolean): string {
  let result = '';
  for (let at = 0; at < latin.length;) {
    const rest = latin.slice(at);
    const pair = letters.find(([from]) => rest.startsWith(from));
    if (pair?.[0] === 'e' && (at === 0 ? isBeginning : /[aeiou]/.test(latin[at - 1]!))) result += 'э';
    // The y of `tsiya` belongs to its vowel.
    else if (pair?.[0] === 'tsiy') {
      result += 'ци';
      at -= 1;
    } else result += pair?.[1] ?? rest[0]!;
    at += pair?.[0].length ?? 1;
  }
  return result;
}
