import type { ConceptSource } from './concept-source.ts';
import { ResourceSource } from './resource-source.ts';
import { languages } from '../systems/bcp47.ts';
import { canonicalUnitOf, definitionOf, dimensionsOf, unitOf, unknownUnitIn } from '@dhp/ucum';
import { message } from '../outcome/messages.ts';
import type { ConceptSystem, Designation } from '../concepts/concept-system.ts';
import { grammarSystem } from '../systems/grammar-system.ts';

/**
 * The code systems that are rules: UCUM, language tags, media types and URIs.
 * @example
 * grammars().codeSystems('urn:ietf:bcp:47').length; // 1
 */
export function grammars(): ConceptSource {
  const source = new ResourceSource();
  for (const system of [ucum(), languages(), mediaTypes(), uris()]) source.addSystem(system);
  return source;
}

/** Units of measure (https://ucum.org). */
function ucum(): ConceptSystem {
  return grammarSystem({
    url: 'http://unitsofmeasure.org',
    name: 'UCUM',
    title: 'The Unified Code for Units of Measure',
    version: '2.2',
    caseSensitive: true,
    valueSet: 'http://unitsofmeasure.org/vs',
    listedBy: 'http://hl7.org/fhir/ValueSet/ucum-common',
    read: readUnit,
    /** https://hl7.org/fhir/R5/ucum.html: `canonical` = a unit selects all units with its canonical form. */
    filter({ property, op, value }) {
      const wanted = property === 'canonical' && op === '=' ? dimensionsOf(value) : undefined;
      return wanted === undefined ? undefined : ({ code }) => dimensionsOf(code) === wanted;
    },
    whyUnknown(code) {
      const { unit, at } = unknownUnitIn(code) ?? {};
      return unit === undefined ? undefined : message('UNIT_UNKNOWN', code, unit, String(at));
    },
    whyLeftOut(code, { property, value }) {
      const [own, wanted] = [canonicalUnitOf(code), canonicalUnitOf(value)];
      return property !== 'canonical' || own === undefined || wanted === undefined || own === wanted
        ? undefined
        : message('UNIT_NOT_CANONICAL', code, own, wanted);
    },
  });
}

/** A name that is not the display of its code. */
const synonym = { system: 'http://snomed.info/sct', code: '900000000000013009' };

/** UCUM defines no display, so the code is its own display (https://terminology.hl7.org/UCUM.html); its names are designations. */
function readUnit(code: string): ReturnType<Parameters<typeof grammarSystem>[0]['read']> {
  const unit = unitOf(code);
  if (unit === undefined) return undefined;
  const designations: Designation[] = [];
  const definition = definitionOf(code);
  if (definition !== undefined) designations.push({ language: 'en', value: definition });
  if (unit.display !== code) designations.push({ language: 'en', use: synonym, value: unit.display });
  return { display: code, designations };
}

/** The top-level types of the registry (https://www.iana.org/assignments/media-types). */
const topLevelTypes = /^(application|audio|font|haptics|image|message|model|multipart|text|video)\//i;

/** RFC 6838, section 4.2; parameters as RFC 2045, section 5.1 writes them. */
const mediaTypeForm = /^[a-z]+\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}(\s*;\s*[a-z0-9!#$&^_.+-]+=("[^"]*"|[^\s";]+))*$/i;

/** Media types (BCP 13). Which subtypes are registered changes weekly, so any that is well-formed is accepted. */
function mediaTypes(): ConceptSystem {
  return grammarSystem({
    url: 'urn:ietf:bcp:13',
    name: 'MimeTypes',
    title: 'Media types',
    caseSensitive: false,
    read: (code) =>
      code.length <= 255 && topLevelTypes.test(code) && mediaTypeForm.test(code) ? { display: code } : undefined,
  });
}

/** RFC 3986, appendix A, as far as needed: a scheme, a colon, and only characters that a URI may contain. */
const uriForm = /^[a-z][a-z0-9+.-]*:[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/i;

/** URIs as codes (`urn:ietf:rfc:3986`): things that a URI identifies. */
function uris(): ConceptSystem {
  return grammarSystem({
    url: 'urn:ietf:rfc:3986',
    name: 'URIs',
    title: 'Uniform Resource Identifiers',
    caseSensitive: true,
    read: (code) => (uriForm.test(code) && !/%(?![\da-f]{2})/i.test(code) ? {} : undefined),
  });
}
