/**
 * The thread in which large resources are validated. It knows R5 alone: what it must know beside it asks of the thread that it
 * works for, and waits for the answer.
 */
import { receiveMessageOnPort, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Budget, BudgetSpent } from '@dhp/budget';
import { scanJson } from '@dhp/fhir-model';
import { convertUnit } from '@dhp/fhir-terminology';
import { Validator, type Codes, type Definitions } from '@dhp/fhir-validation';
import type { ApartResult, ApartOrder, Lookup } from './apart.ts';

const { port, signal } = workerData as { port: MessagePort; signal: Int32Array };

function ask<Name extends keyof Lookup>(name: Name, ...args: Parameters<Lookup[Name]>): ReturnType<Lookup[Name]> {
  Atomics.store(signal, 0, 0);
  port.postMessage({ name, args });
  // Woken without an answer it goes on waiting: the notice may be that of the answer before.
  while (Atomics.load(signal, 0) === 0) Atomics.wait(signal, 0, 0);
  const { message } = receiveMessageOnPort(port) as {
    message: { answer: ReturnType<Lookup[Name]> } | { error: unknown };
  };
  if ('error' in message) throw message.error;
  return message.answer;
}

/** Answers are kept for one validation, in which nothing changes. */
function remembering<Name extends keyof Lookup>(name: Name): Lookup[Name] {
  const known = new Map<string, unknown>();
  const look = (...args: Parameters<Lookup[Name]>): unknown => {
    const key = JSON.stringify(args);
    if (!known.has(key)) known.set(key, ask(name, ...args));
    return known.get(key);
  };
  return look as Lookup[Name];
}

function validate({ text, profiles, options, work }: ApartOrder): ApartResult {
  const code = remembering('code');
  const codes: Codes = {
    validate: (valueSet, system, word) => code(valueSet, system, word),
    concept: remembering('concept'),
  };
  const definitions: Definitions = {
    structure: remembering('structure'),
    questionnaire: remembering('questionnaire'),
  };
  const validator = new Validator({ ...options, codes, definitions, convertUnit, targets: remembering('target') });
  try {
    const source = scanJson(text);
    const budget = new Budget({ work });
    const issues = validator.validateText(source, profiles, JSON.parse(source.text), [], budget);
    return { issues, work: budget.used.work };
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return { place: error.place };
  }
}

parentPort?.on('message', (order: ApartOrder) => {
  parentPort?.postMessage(validate(order));
});
