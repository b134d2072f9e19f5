import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { checkConcepts } from './concepts.ts';
import { checkProperties } from './properties.ts';
import { checkSupplement } from './supplement.ts';

/** Checks statements of a CodeSystem about itself against its concepts. https://hl7.org/fhir/R5/codesystem.html */
export function checkCodeSystem(resource: Json, run: Run): void {
  const codes = new Set<unknown>();
  let count = 0;
  for (const { code } of conceptsIn(resource)) {
    codes.add(code);
    count += 1;
  }
  checkCount(resource, count, run);
  if (resource['supplements'] === undefined) checkOwn(resource, run);
  else checkSupplement(resource, run);
  if (resource['content'] === 'not-present' && count > 0) {
    run.enter('concept', 0);
    run.report('code-system-not-present');
    run.leave();
  }
  if (resource['content'] === undefined) run.report('code-system-content');
  if (count === 0 && resource['content'] === 'complete') run.report('code-system-empty');
  if (typeof resource['valueSet'] === 'string') checkAllCodes(resource['valueSet'], resource['url'], run);
  checkProperties(resource, run);
  checkConcepts(resource, codes, run);
}

/** The value set of all codes of a system includes that system only. */
function checkAllCodes(valueSet: string, url: unknown, run: Run): void {
  const known = run.rules.codes?.valueSetKnowledge?.(valueSet);
  if (known === undefined) return;
  const [only, ...more] = known.includes ?? [];
  if (only !== undefined && more.length === 0 && only.isWhole && only.system === url) return;
  run.report('code-system-value-set', { valueSet: shown(valueSet), url: shown(url) });
}

/** Checks of a code system that is not a supplement. */
function checkOwn(resource: Json, run: Run): void {
  const { content } = resource;
  checkCase(resource, run);
  checkHierarchy(resource, run);
  if (content === 'supplement') {
    run.report('code-system-supplements');
    run.enter('content', -1);
    run.report('code-system-supplements');
    run.leave();
  }
}

function* conceptsIn({ concept }: Json): Generator<Json> {
  for (const one of listOf(concept)) {
    if (!isObject(one)) continue;
    yield one;
    yield* conceptsIn(one);
  }
}

const isOfHl7 = (url: unknown): boolean =>
  typeof url === 'string' && /^https?:\/\/(?:[a-z]+\.)*(?:hl7|fhir)\.org\//.test(url);

/** Users of the codes must know whether case matters; HL7 requires the statement for its own code systems. */
function checkCase({ url, caseSensitive, _caseSensitive }: Json, run: Run): void {
  if (caseSensitive !== undefined || _caseSensitive !== undefined) return;
  run.report('code-system-case', {}, isOfHl7(url) ? 'warning' : 'information');
}

/** Users of a hierarchy must know the meaning of its levels. */
function checkHierarchy({ url, hierarchyMeaning, _hierarchyMeaning, concept }: Json, run: Run): void {
  if (hierarchyMeaning !== undefined || _hierarchyMeaning !== undefined) return;
  if (!listOf(concept).some((one) => isObject(one) && one['concept'] !== undefined)) return;
  run.report('code-system-hierarchy', {}, isOfHl7(url) ? 'warning' : 'information');
}

/** `count` is of the whole system, so a fragment has less. */
function checkCount({ count, content }: Json, found: number, run: Run): void {
  if (typeof count !== 'number') return;
  const isPart = content === 'fragment' || content === 'example';
  if (isPart ? found < count : content !== 'complete' || found === count) return;
  run.enter('count', -1);
  run.report('code-system-count', { count, found, content: String(content) }, isPart ? 'warning' : 'error');
  run.leave();
}
