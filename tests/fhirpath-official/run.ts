// Puts the official FHIRPath cases to the engine, with what is outside of a resource answered by the packages of this house.
import { isResourceType, isSubtype, typeOf, type Parameters } from '@dhp/fhir-model';
import { Terminology } from '@dhp/fhir-terminology';
import { checkTypes, compile, type EvaluationEnvironment, type Item } from '@dhp/fhirpath';
import { convertUnit } from '@dhp/ucum';
import { builtIn } from '../../packages/fhir-terminology/test/built-in.ts';
import { readNarrative } from '../../packages/fhir-validation/src/narrative/narrative.ts';
import { inputOf, type OfficialCase } from './cases.ts';

const terminology = new Terminology(builtIn, { expansionLimit: 1000, now: () => new Date(), newId: () => 'id' });

/** Where the engine does not do what a case wants; undefined when it does. */
export function differenceOf(one: OfficialCase): string | undefined {
  const input = one.input === undefined ? undefined : inputOf(one.input);
  if (one.input !== undefined && input === undefined) return `its input ${one.input} is not here`;
  let items: readonly Item[];
  try {
    items = evaluate(one, input);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return one.invalid === undefined ? `refused: ${error.message}` : undefined;
  }
  if (one.invalid !== undefined) return `an error is expected (${one.invalid}), not ${shown(items)}`;
  if (one.isPredicate) return String(items.length > 0) === one.outputs[0]?.text ? undefined : shown(items);
  return differenceOfItems(one, input, items);
}

/** The types of the expression are checked first, as the reference does; a finding of its own is a refusal. */
function evaluate(one: OfficialCase, input: unknown): readonly Item[] {
  const options = { polymorphicNames: one.mode === 'lenient/polymorphics' };
  if (!one.isUnchecked) {
    const type = (input as { resourceType?: string } | undefined)?.resourceType;
    const { findings } = checkTypes(one.expression, {
      ...options,
      ...(type !== undefined && { types: [type], resource: type }),
    });
    const fault = findings.find(({ severity }) => severity === 'error');
    if (fault !== undefined) throw new Error(`${fault.id}: ${fault.text}`);
  }
  return compile(one.expression, options).evaluate(input, environmentOf(input));
}

function environmentOf(input: unknown): EvaluationEnvironment {
  return {
    resource: input,
    rootResource: input,
    convertUnit,
    conformsTo,
    htmlChecks: (xhtml) => {
      const { faults, hasContent } = readNarrative(xhtml);
      return faults.length === 0 && hasContent;
    },
    terminologies(operation, [first, second]) {
      const named = { name: 'url', valueUri: String(first?.value) };
      if (operation === 'expand') return terminology.expand(parametersOf([named]));
      const code = { name: 'code', valueCode: String(second?.value) };
      if (operation === 'validateVS')
        return terminology.validateValueSetCode(
          parametersOf([named, code, { name: 'inferSystem', valueBoolean: true }]),
        );
      if (operation === 'translate')
        return terminology.translate(parametersOf([named, { name: 'sourceCode', valueCode: code.valueCode }]));
      return undefined;
    },
  };
}

function parametersOf(parameter: Parameters['parameter']): Parameters {
  return { resourceType: 'Parameters', parameter: parameter ?? [] };
}

/** Profiles that are types of R5. What is to become of others is for the host to say, and that of the reference refuses them. */
function conformsTo({ type }: Item, profile: string): boolean {
  const name = profile.replace('http://hl7.org/fhir/StructureDefinition/', '');
  if (typeOf(name) === undefined || !isResourceType(name)) throw new Error(`${profile} is not known`);
  return isSubtype(type, name);
}

function differenceOfItems(one: OfficialCase, input: unknown, items: readonly Item[]): string | undefined {
  const { outputs, isUnordered, expression } = one;
  if (outputs.length !== items.length) return `${outputs.length} items are expected, not ${shown(items)}`;
  // A number as JavaScript has it does not keep the digits that it was written with.
  const exact = (n: number): string =>
    items.length === 1
      ? String(compile(`(${expression}\n).toString()`).evaluate(input, environmentOf(input))[0]?.value)
      : String(items[n]?.value);
  const left = items.map((item, n) => ({ item, text: typeof item.value === 'number' ? exact(n) : String(item.value) }));
  for (const { type, text } of outputs) {
    const wanted = text.replace(/^@T?/, '');
    const at = left.findIndex((each) => sameText(each.text, wanted, type) && sameType(each.item, type, wanted));
    if (at === -1 || (at > 0 && !isUnordered)) return `${type ?? ''} ${text} is expected, not ${shown(items)}`;
    left.splice(at, 1);
  }
  return undefined;
}

function sameText(text: string, wanted: string, type: string | undefined): boolean {
  // There is one zero.
  return text === wanted || (type === 'decimal' && Number(text) === 0 && text === wanted.replace('-', ''));
}

/** Literals have types of FHIRPath, for which the cases write those of FHIR. */
function sameType({ type }: Item, wanted: string | undefined, text: string): boolean {
  if (wanted === undefined || type === wanted) return true;
  const own = type.replace('System.', '');
  if (own === wanted || own.charAt(0).toLowerCase() + own.slice(1) === wanted) return true;
  // `-0.5` of an integer is written as a decimal, and a date as a dateTime without a time.
  return (
    (own === 'Integer' && wanted === 'decimal') || (own === 'Date' && wanted === 'dateTime' && !text.includes('T'))
  );
}

function shown(items: readonly Item[]): string {
  return `[${items.map(({ value, type }) => `${type} ${JSON.stringify(value)}`).join(', ')}]`;
}
