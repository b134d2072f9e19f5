/**
 * The thread that processes large resources. It contains only R5: it requests further definitions from the calling thread and waits for the
 * answer.
 */
import { receiveMessageOnPort, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Budget, BudgetSpent } from '@dhp/budget';
import type { JsonSource } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { postedScope } from '@dhp/search-index/rows';
import { prepareIndex } from '@dhp/fhir-store';
import { convertUnit } from '@dhp/ucum';
import { Validator, type Codes, type Definitions, type Issue } from '@dhp/fhir-validation';
import { parseInParts } from '../http/parse-in-parts.ts';
import { sharedBytes } from '../http/shared-bytes.ts';
import type { ApartMessage, ApartOrder, ApartSpent, Lookup } from './apart.ts';
import { indexReadingOf } from './plain-reading.ts';

const { port, signal } = workerData as { port: MessagePort; signal: Int32Array };

function ask<Name extends keyof Lookup>(name: Name, ...args: Parameters<Lookup[Name]>): ReturnType<Lookup[Name]> {
  Atomics.store(signal, 0, 0);
  port.postMessage({ name, args });
  // A wake-up without an answer may belong to the previous answer, so it waits again.
  while (Atomics.load(signal, 0) === 0) Atomics.wait(signal, 0, 0);
  const { message } = receiveMessageOnPort(port) as {
    message: { answer: ReturnType<Lookup[Name]> } | { error: unknown };
  };
  if ('error' in message) throw message.error;
  return message.answer;
}

/** Answers are cached for one validation, during which nothing changes. */
function remembering<Name extends keyof Lookup>(name: Name): Lookup[Name] {
  const known = new Map<string, unknown>();
  const look = (...args: Parameters<Lookup[Name]>): unknown => {
    const key = JSON.stringify(args);
    if (!known.has(key)) known.set(key, ask(name, ...args));
    return known.get(key);
  };
  return look as Lookup[Name];
}

async function work({ bytes, source, validation, index }: ApartOrder): Promise<ApartMessage | ApartSpent> {
  const text = textOf(bytes);
  // The text is parsed in parts: a thread that runs out of memory in `JSON.parse` cannot be terminated and would end the process.
  const resource = (await parseInParts(text, () => undefined)) as JsonResource;
  let spent: ApartSpent['spent'] = 'validation';
  try {
    const own = new Budget({ work: validation?.work ?? 0 });
    const issues = validation === undefined ? [] : validate({ ...source, text }, resource, validation, own);
    const isWanted =
      index !== undefined && !issues.some(({ severity }) => severity === 'error' || severity === 'fatal');
    spent = 'index';
    const indexing = new Budget({ work: index?.work ?? 0 });
    const prepared = isWanted ? prepareIndex(resource, indexReadingOf(index.reading), indexing) : undefined;
    const done = { issues, work: own.used.work, prepared, indexWork: indexing.used.work };
    return issues.length > fewFindings
      ? { ...done, issues: [], found: await sharedBytes(JSON.stringify(issues)) }
      : done;
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    const { place, scope, limit } = error;
    return { spent, place, mostValues: scope === postedScope ? limit : undefined };
  }
}

/** Findings that a message can hold: read at one go in some milliseconds. */
const fewFindings = 1_000;

/** Decoded as the calling thread does it, which has checked that the text is UTF-8. */
function textOf({ buffer, byteOffset, byteLength }: ApartOrder['bytes']): string {
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function validate(
  source: JsonSource,
  resource: JsonResource,
  { profiles, usage, options }: NonNullable<ApartOrder['validation']>,
  budget: Budget,
): readonly Issue[] {
  const code = remembering('code');
  const codes: Codes = {
    validate: (valueSet, system, word) => code(valueSet, system, word),
    concept: remembering('concept'),
    system: remembering('system'),
    valueSetKnowledge: remembering('valueSetKnowledge'),
    mark: remembering('mark'),
  };
  const definitions: Definitions = {
    structure: remembering('structure'),
    questionnaire: remembering('questionnaire'),
  };
  const validator = new Validator({ ...options, codes, definitions, convertUnit, targets: remembering('target') });
  return validator.validateText(source, profiles, resource, usage, budget);
}

parentPort?.on('message', (order: ApartOrder) => {
  void work(order).then(
    (result) => parentPort?.postMessage(result),
    // The calling thread receives the error and replaces this thread.
    (error: unknown) => setImmediate(() => throwError(error)),
  );
});

function throwError(error: unknown): never {
  throw error;
}
