import { randomUUID } from 'node:crypto';
import type { ResourceBase } from '@dhp/fhir-model';
import {
  layered,
  ResourceSource,
  Terminology,
  TerminologyFault,
  type ConceptSource,
  type FaultKind,
} from '../../src/index.ts';
import type { Matcher, OfficialCase, OfficialSuite } from './cases.ts';

export interface Outcome {
  readonly suite: string;
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** The difference of the answer, or the reason why the case was not run. */
  readonly reason?: string;
  readonly answer?: ResourceBase;
}

/** Runs every case of a suite on its resources and the built-in content. */
export function runSuite(suite: OfficialSuite, builtIn: ConceptSource, matches: Matcher): Outcome[] {
  const setup = new ResourceSource();
  for (const resource of suite.setup) setup.add(resource);
  const options = { expansionLimit: 10_000, now: () => new Date(), newId: randomUUID };
  const terminology = new Terminology(layered(setup, builtIn), options);
  return suite.cases.map((one) => runCase(one, terminology, matches));
}

function runCase(one: OfficialCase, terminology: Terminology, matches: Matcher): Outcome {
  const { suite, name } = one;
  const operation = operations[one.operation];
  if (operation === undefined)
    return {
      suite,
      name,
      result: 'skipped',
      reason: `${one.operation} is answered by the server, not by this package`,
    };
  const { status, answer } = ask(() => operation(terminology, one));
  const isRight = one.httpStatus === '4xx' ? status >= 400 : status === one.httpStatus;
  if (!isRight) return { suite, name, result: 'failed', reason: `status ${status}, not ${one.httpStatus}`, answer };
  const differences = one.expected.map((expected) => matches(expected, answer, one));
  if (differences.includes(null)) return { suite, name, result: 'passed' };
  return { suite, name, result: 'failed', reason: differences[0] ?? '', answer };
}

function ask(operation: () => ResourceBase): { status: number; answer: ResourceBase } {
  try {
    // The answer as a client receives it, through JSON.
    return { status: 200, answer: JSON.parse(JSON.stringify(operation())) as ResourceBase };
  } catch (error) {
    if (!(error instanceof TerminologyFault)) throw error;
    return { status: statuses[error.kind], answer: error.outcome };
  }
}

/** As the FHIR server answers them. */
const statuses: Readonly<Record<FaultKind, number>> = {
  'invalid-request': 400,
  'unknown-subject': 404,
  'unknown-definition': 422,
  'too-costly': 422,
  unanswerable: 422,
};

const operations: Readonly<Record<string, (terminology: Terminology, one: OfficialCase) => ResourceBase>> = {
  expand: (terminology, { request, headers }) => terminology.expand(request, contextOf(headers)),
  lookup: (terminology, { request, headers }) => terminology.lookup(request, contextOf(headers)),
  'validate-code': (terminology, { request, headers }) => terminology.validateValueSetCode(request, contextOf(headers)),
  'cs-validate-code': (terminology, { request, headers }) =>
    terminology.validateSystemCode(request, contextOf(headers)),
  translate: (terminology, { request, headers }) => terminology.translate(request, contextOf(headers)),
  'batch-validate': (terminology, { request, headers }) =>
    terminology.batchValidate(request, 'ValueSet', contextOf(headers)),
};

function contextOf(headers: Readonly<Record<string, string>>): { acceptLanguage?: string; expansionLimit?: number } {
  const language = headers['Accept-Language'];
  const threshold = headers['X-TOO-COSTLY-THRESHOLD'];
  return {
    ...(language !== undefined && { acceptLanguage: language }),
    ...(threshold !== undefined && { expansionLimit: Number(threshold) }),
  };
}
