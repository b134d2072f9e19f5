import type { Address, ContactPoint, HumanName } from '@dhp/fhir-model';
import { translation } from './codes.ts';
import type { Gender } from './identity.ts';
import type { Random } from './random.ts';
import { peoplesOf, type Name, type People } from './tables/names.ts';
import { streets, type Place, type Region } from './tables/places.ts';

export interface FullName {
  readonly people: People;
  readonly family: Name;
  readonly given: Name;
  readonly patronymic: Name;
}

/** A name that fits the region's peoples. @param family the husband's or father's, when known (masculine form) */
export function nameFor(random: Random, region: Region, gender: Gender, family?: FullName): FullName {
  const people = family?.people ?? random.weighted(peoplesOf(region.code)).people;
  const inherited = family?.family ?? random.pick(people.families);
  return {
    people,
    family: inherited,
    given: random.pick(people[gender]),
    patronymic: patronymic(random.pick(people.male), gender, people),
  };
}

function patronymic([latin, cyrillic]: Name, gender: Gender, people: People): Name {
  const isFemale = gender === 'female';
  const soft = /[йьо]$/.test(cyrillic);
  const stem = cyrillic.replace(/[йь]$/, '');
  const russian = stem + (soft ? (isFemale ? 'евна' : 'евич') : isFemale ? 'овна' : 'ович');
  if (people.key !== 'russian') return [`${latin} ${isFemale ? 'qizi' : "o'g'li"}`, russian];
  const latinStem = /y$/.test(latin) ? latin.slice(0, -1) : latin;
  return [latinStem + (soft ? (isFemale ? 'yevna' : 'yevich') : isFemale ? 'ovna' : 'ovich'), russian];
}

function familyName([latin, cyrillic]: Name, gender: Gender): Name {
  const declines = gender === 'female' && /(ov|ev|yev|in)$/.test(latin);
  return declines ? [`${latin}a`, `${cyrillic}а`] : [latin, cyrillic];
}

/** Latin, as the passport has it; the patronymic is a suffix (as in the national guide), the Cyrillic form follows. */
export function humanName(name: FullName, gender: Gender): HumanName {
  const family = familyName(name.family, gender);
  const inOrder = (script: 0 | 1): string => `${family[script]} ${name.given[script]} ${name.patronymic[script]}`;
  return {
    use: 'official',
    text: inOrder(0),
    _text: { extension: [translation('ru', inOrder(1))] },
    family: family[0],
    _family: { extension: [translation('ru', family[1])] },
    given: [name.given[0]],
    _given: [{ extension: [translation('ru', name.given[1])] }],
    suffix: [name.patronymic[0]],
  };
}

/** A mobile number in a block that is not assigned: 000 after the operator's code. */
export function mobilePhone(random: Random): ContactPoint {
  const operator = random.pick(['33', '50', '88', '90', '91', '93', '94', '95', '97', '98', '99']);
  return { system: 'phone', value: `+998${operator}000${random.digits(4)}`, use: 'mobile', rank: 1 };
}

/** An address within a district: state, district and mahalla are national codes, the line is for readers. */
export function homeAddress(random: Random, region: Region, district: Place): Address {
  const [street] = random.pick(streets);
  const mahalla = random.pick(region.mahallas);
  const house = random.between(1, 120);
  const flat = random.chance(0.3) ? `, ${random.between(1, 80)}-xonadon` : '';
  const line = `${street} ko'chasi, ${house}-uy${flat}`;
  return {
    use: 'home',
    type: 'physical',
    text: `${region.name}, ${district.name}, ${mahalla.name} MFY, ${line}`,
    line: [line],
    city: mahalla.code,
    district: district.code,
    state: region.code,
    postalCode: `${region.code.slice(1)}${random.digits(3)}`,
    country: 'UZ',
  };
}
