import type { Budget } from '@dhp/budget';
import type {
  Extension,
  ValueSetComposeIncludeConceptDesignation,
  ValueSetExpansionContains,
  ValueSetExpansionContainsProperty,
  ValueSetExpansionProperty,
} from '@dhp/fhir-model';
import type { Languages } from '@dhp/negotiation';
import { namesIn, namesOf, preferredForLanguage, preferredName, type Name } from '../language/names.ts';
import type { Settings } from '../parameters/settings.ts';
import type { SystemHeader } from '../concepts/concept-system.ts';
import { conceptProperties, isAbstract, isInactive, statusOf } from '../concepts/concept-properties.ts';
import type { Member } from './member.ts';

const structure = 'http://hl7.org/fhir/StructureDefinition/';

/** Extensions of a concept in its code system that its entry repeats. */
const kept = ['coding-sctdescid', 'rendering-style', 'rendering-xhtml', 'codesystem-alternate'].map(url);

/** Extensions of a concept in the value set that its entry repeats. */
const keptOfValueSet = [
  'valueset-supplement',
  'valueset-deprecated',
  'structuredefinition-standards-status',
  'valueset-concept-definition',
  'coding-sctdescid',
  'rendering-style',
  'rendering-xhtml',
].map(url);

/** Extensions of a designation that its entry repeats. */
const keptOfDesignation = [...kept, url('structuredefinition-standards-status')];

/** Extensions that are given as properties: the code system's, the value set's, and the property. */
const asProperties = [
  { of: ['codesystem-label', 'valueset-label'], name: 'label', code: 'label', type: 'String' },
  { of: ['codesystem-conceptOrder', 'valueset-conceptOrder'], name: 'order', code: 'order', type: 'Decimal' },
  { of: ['itemWeight', 'itemWeight'], name: 'itemWeight', code: 'weight', type: 'Decimal' },
] as const;

/** Properties from the hierarchy, returned if they are requested by name. */
const relatives = [
  ['parent', 'parents'],
  ['child', 'children'],
] as const;

function url(name: string): string {
  return structure + name;
}

/** Makes the entries of an expansion, and remembers which properties they have. */
export class Entries {
  readonly properties: ValueSetExpansionProperty[] = [];
  readonly #settings: Settings;
  readonly #languages: Languages | undefined;
  readonly #now: Date;
  readonly #budget: Budget | undefined;
  readonly #declared = new Set<string>();
  readonly #uris = new Map<SystemHeader, ReadonlyMap<string, string | undefined>>();

  /** @param budget pays for searching the names and properties of each member */
  constructor(settings: Settings, now: Date, budget?: Budget) {
    this.#settings = settings;
    this.#languages = withFallback(settings.languages);
    this.#now = now;
    this.#budget = budget;
  }

  make(member: Member, versioned: boolean): ValueSetExpansionContains {
    const { system, concept, listed } = member;
    const { header } = system;
    const extension = extensionsOf(member);
    const names = allNames(member);
    this.#pay(names.length, concept.properties.length);
    const shown = preferredName(names, this.#languages);
    const designation = this.#settings.is('includeDesignations') ? this.#designations(names, shown) : [];
    const property = this.#propertiesOf(member);
    return {
      ...(extension.length > 0 && { extension }),
      system: header.url,
      ...((member.isHeading === true || isAbstract(header, concept)) && { abstract: true }),
      ...(isInactive(header, concept) && { inactive: true }),
      ...(versioned && header.version !== undefined && { version: header.version }),
      code: listed?.code ?? concept.code,
      ...(shown !== undefined && { display: shown.value }),
      ...(designation.length > 0 && { designation }),
      ...(property.length > 0 && { property }),
    };
  }

  /** Each name is compared with each language and designation that is requested, each property with all that are. */
  #pay(names: number, properties: number): void {
    const { designations, properties: wanted } = this.#settings;
    const languages = this.#languages?.ranges.length ?? 0;
    const units = names * (5 + languages + 2 * designations.length) + properties * (1 + wanted.length);
    this.#budget?.spend(units, 'the entries of an expansion');
  }

  #designations(names: readonly Name[], shown: Name | undefined): ValueSetComposeIncludeConceptDesignation[] {
    return names
      .filter((name) => name !== shown && !(name.isDisplay && name.value === shown?.value) && this.#isWanted(name))
      .map(({ value, language, use, isDisplay, extensions }) => {
        const extension = extensions.filter((one) => keptOfDesignation.includes(one.url));
        const meaning = isDisplay ? preferredForLanguage : use;
        return {
          ...(extension.length > 0 && { extension }),
          ...(language !== undefined && { language: language.tag }),
          ...(meaning !== undefined && { use: meaning }),
          value,
        };
      });
  }

  /** The parameter `designation` names languages (`urn:ietf:bcp:47|uz`, or `uz` alone) and uses (`system|code`). */
  #isWanted({ use, language }: Name): boolean {
    const wanted = this.#settings.designations;
    if (wanted.length === 0) return true;
    return wanted.some((token) => {
      const [system, code = system] = token.split('|');
      if (code === system) return language?.tag === code || use?.code === code;
      if (system === 'urn:ietf:bcp:47') return language?.tag === code;
      return use?.system === system && use?.code === code;
    });
  }

  #propertiesOf(member: Member): ValueSetExpansionContainsProperty[] {
    const { system, concept, listed } = member;
    const { header } = system;
    const wanted = this.#settings.properties;
    const properties: ValueSetExpansionContainsProperty[] = [];
    const add = (code: string, uri: string | undefined, value: object): void => {
      this.#declare(code, uri);
      properties.push({ code, ...value });
    };
    const status = statusOf(header, concept, this.#now);
    if (status !== undefined && status.toLowerCase() !== 'active')
      add('status', `${conceptProperties}status`, { valueCode: status });
    for (const { of, name, code, type } of asProperties) {
      const value = valueOf(listed?.extension, of[1]) ?? valueOf(concept.extensions, of[0]);
      if (value !== undefined) add(code, conceptProperties + name, { [`value${type}`]: value });
    }
    const all = wanted.includes('*');
    const isAsked = (code: string, uri: string | undefined): boolean =>
      all || wanted.includes(code) || (uri !== undefined && wanted.includes(uri));
    if (isAsked('definition', `${conceptProperties}definition`) && concept.definition !== undefined)
      add('definition', `${conceptProperties}definition`, { valueString: concept.definition });
    for (const [name, related] of relatives) {
      const relation = wanted.includes(name) || wanted.includes(conceptProperties + name);
      const all = relation ? system[related](concept) : [];
      this.#budget?.spend(10 * all.length, 'the entries of an expansion');
      for (const { code } of all) add(name, conceptProperties + name, { valueCode: code });
    }
    for (const { code, type, value, uri } of wanted.length === 0 ? [] : concept.properties) {
      const meaning = uri ?? this.#uriOf(header, code);
      if (relatives.some(([name]) => name === code) && wanted.includes(code)) continue;
      if (!isAsked(code, meaning) || (code === 'status' && properties.some((one) => one.code === code))) continue;
      add(code, meaning, { [`value${type}`]: value });
    }
    return properties;
  }

  /** The uri with which a code system declares a property. */
  #uriOf(header: SystemHeader, code: string): string | undefined {
    let uris = this.#uris.get(header);
    if (uris === undefined) {
      uris = new Map(header.property.toReversed().map((one) => [one.code, one.uri]));
      this.#uris.set(header, uris);
    }
    return uris.get(code);
  }

  #declare(code: string, uri: string | undefined): void {
    if (this.#declared.has(code)) return;
    this.#declared.add(code);
    this.properties.push({ code, ...(uri !== undefined && { uri }) });
  }
}

/** A name in another language is better than no name, unless the request forbids it with `*;q=0`. */
function withFallback(languages: Languages | undefined): Languages | undefined {
  if (languages === undefined || languages.ranges.some(({ tag }) => tag === '*')) return languages;
  const any = { tag: '*', language: '*', script: '', region: '', rest: '', quality: 0.01 };
  return { ...languages, ranges: [...languages.ranges, any] };
}

function allNames({ system, concept, listed, valueSet }: Member): Name[] {
  return namesIn(namesOf(system.header, concept), listed, valueSet.language);
}

function extensionsOf({ concept, listed }: Member): Extension[] {
  const own = concept.extensions.filter((one) => kept.includes(one.url));
  const added = (listed?.extension ?? []).filter((one) => keptOfValueSet.includes(one.url));
  return [...own, ...added];
}

function valueOf(extensions: readonly Extension[] | undefined, name: string): string | number | undefined {
  const found = extensions?.find((one) => one.url === structure + name);
  return found?.valueString ?? found?.valueInteger ?? found?.valueDecimal;
}
