import type { Budget } from '@dhp/budget';
import type { Coding, Parameters } from '@dhp/fhir-model';
import { findSystem } from './lookup.ts';
import { TerminologyFault } from './outcome/fault.ts';
import { issue } from './outcome/issue.ts';
import { message, type Sentence } from './outcome/messages.ts';
import { coding, text } from './parameters/values.ts';
import type { Concept, ConceptSystem } from './concepts/concept-system.ts';
import type { CheckContext } from './validate/check-context.ts';

export type Subsumption = 'equivalent' | 'subsumes' | 'subsumed-by' | 'not-subsumed';

/**
 * CodeSystem/$subsumes (https://hl7.org/fhir/R5/codesystem-operation-subsumes.html): how code A and code B are in the
 * hierarchy of their code system.
 * @throws TerminologyFault when a code is missing or not known, or the two are of different systems; BudgetSpent
 */
export function subsumes(context: CheckContext, parameters: Parameters): Parameters {
  const a = readCode(parameters, 'A');
  const b = readCode(parameters, 'B');
  if (a.system !== b.system) throw bad(message('SUBSUMPTION_OF_SYSTEMS', a.system, b.system));
  const version = a.version ?? b.version;
  if (b.version !== undefined && version !== b.version)
    throw bad(message('SUBSUMPTION_OF_VERSIONS', a.system, a.version, b.version));
  const system = findSystem(context, a.system ?? '', version);
  const outcome = relation(system, find(system, a), find(system, b), context.budget);
  return { resourceType: 'Parameters', parameter: [{ name: 'outcome', valueCode: outcome }] };
}

export function relation(system: ConceptSystem, a: Concept, b: Concept, budget?: Budget): Subsumption {
  if (a.code === b.code) return 'equivalent';
  if (system.isA(b, a, budget)) return 'subsumes';
  return system.isA(a, b, budget) ? 'subsumed-by' : 'not-subsumed';
}

function readCode(parameters: Parameters, letter: 'A' | 'B'): Coding {
  const given = coding(parameters, `coding${letter}`);
  const code = given?.code ?? text(parameters, `code${letter}`);
  const system = given?.system ?? text(parameters, 'system');
  if (code === undefined) throw bad(message('NO_CODE_FOR', letter));
  if (system === undefined) throw bad(message('NO_SYSTEM_FOR', letter));
  const version = given?.version ?? text(parameters, 'version');
  return { system, code, ...(version !== undefined && { version }) };
}

function find(system: ConceptSystem, { code = '' }: Coding): Concept {
  const concept = system.find(code);
  if (concept !== undefined) return concept;
  const { url, version } = system.header;
  const id = version === undefined ? 'Unknown_Code_in' : 'Unknown_Code_in_Version';
  const sentence = message(id, code, url, version);
  throw new TerminologyFault('unknown-subject', [
    issue('error', 'not-found', { kind: 'invalid-code', id, text: sentence }),
  ]);
}

const bad = (sentence: Sentence): TerminologyFault =>
  new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
