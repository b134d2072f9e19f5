/**
 * Letters of other scripts in the Latin alphabet of Uzbek, for search: letters with which one name may be spelled in Uzbek Latin, Uzbek
 * Cyrillic and Russian have the same form. docs/names-across-scripts.md explains each; a test compares.
 */
export const latinOf: ReadonlyMap<string, string> = new Map(
  Object.entries({
    а: 'a',
    б: 'b',
    в: 'v',
    г: 'g',
    ғ: 'g',
    ґ: 'g',
    д: 'd',
    е: 'e',
    є: 'e',
    ё: 'yo',
    ж: 'j',
    ҷ: 'j',
    з: 'z',
    и: 'i',
    і: 'i',
    ї: 'i',
    й: 'y',
    к: 'k',
    қ: 'k',
    л: 'l',
    м: 'm',
    н: 'n',
    ң: 'n',
    о: 'o',
    ө: 'o',
    ў: 'o',
    п: 'p',
    р: 'r',
    с: 's',
    т: 't',
    у: 'u',
    ү: 'u',
    ф: 'f',
    х: 'h',
    ҳ: 'h',
    һ: 'h',
    ц: 'ts',
    ч: 'ch',
    ш: 'sh',
    щ: 'sh',
    ъ: '',
    ы: 'i',
    ь: '',
    э: 'e',
    ә: 'a',
    ю: 'yu',
    я: 'ya',
  }),
);

/**
 * Characters that people type for the apostrophe of oʻ and gʻ and for the hard sign. They are all ignored, so `Oʻzbek`, `O'zbek` and
 * `Ozbek` are the same.
 */
export const apostrophes = "'`´ʹʻʼʽʾʿˈˊˋ‘’‛′‵＇｀";
