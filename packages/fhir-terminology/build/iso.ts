import { createRequire } from 'node:module';
import type { CodeSystem, CodeSystemConcept } from '@dhp/fhir-model';

const require = createRequire(import.meta.url);

const countries = require('i18n-iso-countries') as {
  getAlpha2Codes: () => Record<string, string>;
  alpha2ToNumeric: (code: string) => string | undefined;
};
const currencies = require('currency-codes') as {
  data: { code: string; number: string; digits: number; currency: string }[];
};

/** English first: it is the display. The others are designations. */
const languages = ['en', 'uz', 'ru', 'kaa'];

/**
 * ISO 3166-1 and ISO 4217, which FHIR names by urn and no package contains. Codes are from lists, names from the Unicode CLDR in this
 * runtime; languages that it lacks are left out.
 */
export function isoCodeSystems(): CodeSystem[] {
  return [countrySystem(), currencySystem()];
}

function countrySystem(): CodeSystem {
  const concept = Object.entries(countries.getAlpha2Codes()).flatMap(([alpha2, alpha3]): CodeSystemConcept[] => {
    const numeric = countries.alpha2ToNumeric(alpha2);
    const names = namesOf('region', alpha2);
    return [alpha2, alpha3, ...(numeric === undefined ? [] : [numeric])].map((code) => ({ code, ...names }));
  });
  return {
    resourceType: 'CodeSystem',
    url: 'urn:iso:std:iso:3166',
    name: 'ISO3166Part1',
    title: 'ISO 3166-1: codes of countries (two and three letters, three digits)',
    language: 'en',
    status: 'active',
    experimental: false,
    caseSensitive: true,
    content: 'complete',
    concept,
  };
}

function currencySystem(): CodeSystem {
  return {
    resourceType: 'CodeSystem',
    url: 'urn:iso:std:iso:4217',
    name: 'ISO4217',
    title: 'ISO 4217: codes of currencies',
    language: 'en',
    status: 'active',
    experimental: false,
    caseSensitive: true,
    content: 'complete',
    property: [
      { code: 'decimals', description: 'How many digits its minor unit has', type: 'integer' },
      { code: 'number', description: 'The three-digit code', type: 'string' },
    ],
    concept: currencies.data.map(({ code, number, digits, currency }) => ({
      code,
      ...namesOf('currency', code, currency),
      property: [
        { code: 'decimals', valueInteger: digits },
        { code: 'number', valueString: number },
      ],
    })),
  };
}

function namesOf(
  type: 'region' | 'currency',
  code: string,
  fallback = code,
): Pick<CodeSystemConcept, 'display' | 'designation'> {
  const names = languages.flatMap((language) => {
    const name = new Intl.DisplayNames([language], { type, fallback: 'none' });
    const value = name.resolvedOptions().locale === language ? name.of(code) : undefined;
    return value === undefined ? [] : [{ language, value }];
  });
  const display = names.find(({ language }) => language === 'en')?.value ?? fallback;
  const designation = names.filter(({ language }) => language !== 'en');
  return { display, ...(designation.length > 0 && { designation }) };
}
