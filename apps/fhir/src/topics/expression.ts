/** FHIRPath of a trigger. https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.resourceTrigger.fhirPathCriteria */
import { checkTypes, compile, FhirPathError, type CompiledPath } from '@dhp/fhirpath';

/** Characters of an expression. */
const longest = 4_000;

/** The expression, compiled for resources of a type, or a sentence that states the correct form. */
export function readExpression(text: string, type: string): CompiledPath | string {
  if (text.length > longest) return `an expression of at most ${longest} characters, not ${text.length}`;
  try {
    const variableTypes = { previous: type, current: type };
    const options = { types: [type], resource: type, variables: Object.keys(variableTypes), variableTypes };
    const { findings, types } = checkTypes(text, options);
    const fault = findings.find(({ severity }) => severity === 'error');
    if (fault !== undefined)
      return `a FHIRPath expression; ${fault.text} (line ${fault.at.line}, column ${fault.at.column})`;
    if (types?.some(isTruth) === false) return noTruth(types);
    const elsewhere = asksElsewhere(text);
    return elsewhere ?? compile(text, { type });
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    return `a FHIRPath expression; ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
  }
}

function isTruth(type: string): boolean {
  return type === 'System.Boolean' || type === 'boolean';
}

function noTruth(types: readonly string[]): string {
  const given = types.length === 0 ? 'nothing' : types.slice(0, 5).join(' or ');
  return `an expression that is true or false; this one gives ${given}. End it with exists(), or compare it with something`;
}

/** Functions that ask for other resources, code systems or profiles: not at the time of the change. */
const elsewhere = /\b(memberOf|conformsTo|slice|subsumes|subsumedBy|htmlChecks)\s*\(|(%terminologies)\b/;
/** The type of a target is in the reference itself. */
const resolved = /\bresolve\s*\(\s*\)(?!\s*(?:\.\s*)?is\b)/;

function asksElsewhere(text: string): string | undefined {
  const plain = text
    .replaceAll(/\/\*.*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'/gs, (part) => (part.startsWith("'") ? "''" : ' '))
    .replaceAll('`', '');
  const [, called, variable] = elsewhere.exec(plain) ?? [];
  const name = called === undefined ? variable : `${called}()`;
  if (name !== undefined)
    return `what %previous and %current tell by themselves; ${name} asks for what is stored elsewhere`;
  if (!resolved.test(plain)) return undefined;
  return 'what %previous and %current tell by themselves; of the target of a reference resolve() tells the type alone, as in resolve() is Patient';
}
