import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Checks statements of a CodeSystem about itself against its concepts. https://hl7.org/fhir/R5/codesystem.html */
export function checkCodeSystem(resource: Json, run: Run): void {
  const codes = new Set<unknown>();
  for (const concept of conceptsIn(resource)) codes.add(concept['code']);
  checkCount(resource, codes.size, run);
  checkCase(resource, run);
  checkPropertyUris(resource, run);
  checkPropertyCodes(resource, codes, run);
  if (resource['content'] === 'supplement') checkSupplement(resource, run);
}

/** A supplement adds to concepts of its base; it has none of its own. https://hl7.org/fhir/R5/codesystem.html#supplements */
function checkSupplement({ supplements, concept }: Json, run: Run): void {
  if (typeof supplements !== 'string') return;
  const [system = '', version] = supplements.split('|');
  const visit = (concepts: unknown): void => {
    for (const [i, one] of listOf(concepts).entries()) {
      if (!isObject(one)) continue;
      run.enter('concept', i);
      const { code } = one;
      if (typeof code === 'string' && run.rules.codes?.concept?.(system, code, version)?.known === 'no')
        run.report('code-system-supplement-code', { code: shown(code), system });
      visit(one['concept']);
      run.leave();
    }
  };
  visit(concept);
}

function* conceptsIn({ concept }: Json): Generator<Json> {
  for (const one of listOf(concept)) {
    if (!isObject(one)) continue;
    yield one;
    yield* conceptsIn(one);
  }
}

/** Users of the codes must know whether case matters; HL7 requires the statement of its own code systems. */
function checkCase({ url, caseSensitive, _caseSensitive }: Json, run: Run): void {
  if (caseSensitive !== undefined || _caseSensitive !== undefined) return;
  const isOfHl7 = typeof url === 'string' && /^https?:\/\/(?:[a-z]+\.)?hl7\.org\//.test(url);
  run.report('code-system-case', {}, isOfHl7 ? 'warning' : 'information');
}

/** `count` is of the whole system, so a fragment has less. */
function checkCount({ count, content }: Json, found: number, run: Run): void {
  if (typeof count !== 'number') return;
  const isPart = content === 'fragment' || content === 'example';
  if (isPart ? found < count : content !== 'complete' || found === count) return;
  run.enter('count', -1);
  run.report('code-system-count', { count, found, content: String(content) });
  run.leave();
}

/** A property may be defined by a code of another system, named behind #. */
function checkPropertyUris({ property }: Json, run: Run): void {
  for (const [i, one] of listOf(property).entries()) {
    const [system = '', code] = isObject(one) && typeof one['uri'] === 'string' ? one['uri'].split('#') : [];
    if (code === undefined || run.rules.codes?.concept?.(system, code)?.known !== 'no') continue;
    run.enter('property', i);
    run.report('code-system-property-uri', { code: shown(code), system });
    run.leave();
  }
}

/** Properties that FHIR defines, with codes of their own. https://hl7.org/fhir/R5/codesystem-concept-properties.html */
const ofFhir = 'http://hl7.org/fhir/concept-properties#';

/** Values of a property of type code are codes of the same system; told once a property. */
function checkPropertyCodes(resource: Json, codes: ReadonlySet<unknown>, run: Run): void {
  const open = new Set<unknown>();
  for (const property of listOf(resource['property'])) {
    if (!isObject(property) || property['type'] !== 'code' || String(property['uri']).startsWith(ofFhir)) continue;
    open.add(property['code']);
  }
  const visit = (concepts: unknown): void => {
    for (const [i, concept] of listOf(concepts).entries()) {
      if (open.size === 0 || !isObject(concept)) continue;
      run.enter('concept', i);
      for (const [j, value] of listOf(concept['property']).entries()) {
        if (!isObject(value) || typeof value['valueCode'] !== 'string' || codes.has(value['valueCode'])) continue;
        if (!open.delete(value['code'])) continue;
        run.enter('property', j);
        run.report('code-system-property-code', { code: shown(value['valueCode']), property: shown(value['code']) });
        run.leave();
      }
      visit(concept['concept']);
      run.leave();
    }
  };
  visit(resource['concept']);
}
