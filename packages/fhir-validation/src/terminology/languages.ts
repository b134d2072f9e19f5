/** Decides which language tags have a registered language. https://www.rfc-editor.org/rfc/rfc5646 */

/** Languages with two-letter codes, including replaced ones. */
const ofTwo: ReadonlySet<string> = letters(
  'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et ' +
    'eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ' +
    'ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no ' +
    'nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg ' +
    'th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu',
);

/**
 * Three-letter codes (ISO 639-2) of languages that have a two-letter code. None is registered, so that each language has a single tag.
 * https://www.rfc-editor.org/rfc/rfc5646#section-2.2.1
 */
const instead: ReadonlySet<string> = letters(
  'aar abk afr aka alb amh ara arg arm asm ava ave aym aze bak bam baq bel ben bis bod bos bre bul bur cat ces cha che chi chu ' +
    'chv cor cos cre cym cze dan deu div dut dzo ell eng epo est eus ewe fao fas fij fin fra fre fry ful geo ger gla gle glg glv ' +
    'gre grn guj hat hau heb her hin hmo hrv hun hye ibo ice ido iii iku ile ina ind ipk isl ita jav jpn kal kan kas kat kau kaz ' +
    'khm kik kin kir kom kon kor kua kur lao lat lav lim lin lit ltz lub lug mac mah mal mao mar may mkd mlg mlt mol mon mri msa ' +
    'mya nau nav nbl nde ndo nep nld nno nob nor nya oci oji ori orm oss pan per pli pol por pus que roh ron rum run rus sag san ' +
    'sin slk slo slv sme smo sna snd som sot spa sqi srd srp ssw sun swa swe tah tam tat tel tgk tgl tha tib tir ton tsn tso tuk ' +
    'tur twi uig ukr urd uzb ven vie vol wel wln wol xho yid yor zha zho zul',
);

function letters(codes: string): ReadonlySet<string> {
  return new Set(codes.split(' '));
}

/** Matches well-formed tags. No language with four to eight letters is registered. */
const form =
  /^(?:[A-Za-z]{2,3}|[A-Za-z]{2,3}(?:-[A-Za-z]{3}){1,3}|i-[a-z]+)(?:-(?:[A-Za-z0-9]{1,8}))*$|^x(?:-[A-Za-z0-9]{1,8})+$/;

/**
 * Whether a text is a language tag with a registered language. Other subtags, and languages with only a three-letter code, are not looked
 * up. Case does not matter.
 */
export function isLanguageTag(text: string): boolean {
  if (!form.test(text)) return false;
  const end = text.indexOf('-');
  const language = end < 0 ? text : text.slice(0, end);
  if (ofTwo.has(language)) return true;
  const lowered = language.toLowerCase();
  return lowered.length === 2 ? ofTwo.has(lowered) : !instead.has(lowered);
}
