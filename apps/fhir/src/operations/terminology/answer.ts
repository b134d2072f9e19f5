/** Answers terminology operations from the state of the terminology at one moment. */
import type { Budget, Round } from '@dhp/budget';
import type { Parameters, ParametersParameter, ResourceBase } from '@dhp/fhir-model';
import type { TerminologyNow } from '@dhp/fhir-store';
import { TerminologyFault, type ConceptSystem, type Terminology } from '@dhp/fhir-terminology';
import { fail, TerminologyFailure } from '../../http/errors.ts';
import { json } from '../../http/respond.ts';
import type { Answer } from '../../contract/answer.ts';
import { requireCurrent } from '../../interactions/current.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import { invalid } from '../input.ts';
import { inContext } from './context.ts';

export interface Question {
  readonly parameters: Parameters;
  readonly context: {
    readonly acceptLanguage?: string;
    readonly expansionLimit?: number;
    readonly flat: boolean;
    readonly budget: Budget;
    readonly round: Round;
  };
  /** The value set or concept map at the address; a code system there is named in the parameters. */
  readonly instance: ResourceBase | undefined;
}

type Answering = (services: Services, call: Call, parameters: Parameters) => Promise<Answer>;
type Ask = (terminology: Terminology, question: Question) => ResourceBase;

/**
 * An operation on a type, or on a resource of it. Fails with a TerminologyFailure if the question cannot be answered.
 * @param names of the parameters that name a code system, if the instance is one
 */
export function answering(ask: Ask, names: { readonly system: string } = { system: 'system' }): Answering {
  return async ({ store, flatExpansions }, call, given) => {
    requireLatest(given);
    const own = { ...contextOf(call), flat: flatExpansions };
    const inPlace = (given.parameter ?? []).some(({ name }) => name === 'context' || name === 'contextDirection');
    const parameters = inPlace ? inContext(given, await store.definitions.current()) : given;
    const body = await orTerminologyFailure(() =>
      store.terminology.ask((now, round) => {
        const context = { ...own, round };
        if (call.id === '') return ask(now.terminology, { parameters, context, instance: undefined });
        const known = instanceIn(now, call, parameters, names.system);
        return known && ask(now.terminology, { ...known, context });
      }),
    );
    if (body !== undefined) return resourceAnswer(body);
    const instance = await storedInstance(store, call);
    return resourceAnswer(
      await orTerminologyFailure(() =>
        store.terminology.ask(({ terminology }, round) =>
          ask(terminology, { parameters, context: { ...own, round }, instance }),
        ),
      ),
    );
  };
}

/** Fails with `parameter-invalid` if the request excludes the latest version as the default: there is no other rule. */
function requireLatest(given: Parameters): void {
  if (!asksForOther(given)) return;
  const diagnostics = 'Where no version is named, the latest counts. Name versions by system-version.';
  invalid('default-to-latest-version', diagnostics, 'Parameters.parameter');
}

function asksForOther({ parameter = [] }: Parameters): boolean {
  return parameter.some(
    ({ name, valueBoolean, resource }) =>
      (name === 'default-to-latest-version' && valueBoolean === false) ||
      (name === 'validation' && resource?.resourceType === 'Parameters' && asksForOther(resource)),
  );
}

/** Returns the answer of an operation whose result is a resource. */
export function resourceAnswer(body: ResourceBase): Answer {
  return json(JSON.stringify(body), { vary: 'Accept-Language' });
}

/** Runs it. @throws TerminologyFailure for a question that the terminology cannot answer */
export async function orTerminologyFailure<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TerminologyFault)) throw error;
    throw new TerminologyFailure(error);
  }
}

/** The header is that by which HL7's tests lower the limit of expansions. */
function contextOf(call: Call): Omit<Question['context'], 'round' | 'flat'> {
  const acceptLanguage = headerOf(call, 'accept-language');
  const threshold = headerOf(call, 'x-too-costly-threshold');
  return {
    budget: call.budget,
    ...(acceptLanguage !== undefined && { acceptLanguage }),
    ...(threshold !== undefined && /^\d{1,9}$/.test(threshold) && { expansionLimit: Number(threshold) }),
  };
}

function instanceIn(
  now: TerminologyNow,
  { type, id }: Call,
  parameters: Parameters,
  name: string,
): Pick<Question, 'parameters' | 'instance'> | undefined {
  if (type === 'CodeSystem') {
    const system = now.codeSystem(id);
    return system && { parameters: withSystem(parameters, system, name), instance: undefined };
  }
  const instance = type === 'ValueSet' ? now.valueSet(id) : now.conceptMap(id);
  return instance && { parameters, instance };
}

function withSystem(parameters: Parameters, { header }: ConceptSystem, name: string): Parameters {
  const own: ParametersParameter[] = [{ name, valueUri: header.url }];
  if (header.version !== undefined) own.push({ name: 'version', valueString: header.version });
  return { ...parameters, parameter: [...own, ...(parameters.parameter ?? [])] };
}

/** A resource that terminology does not find by its id: it does not exist, or has no url. */
async function storedInstance(store: Services['store'], { type, id }: Call): Promise<ResourceBase> {
  const version = await store.read(type, id);
  requireCurrent(version, type, id);
  const resource = JSON.parse(version.content.toString()) as ResourceBase & { url?: string };
  if (type === 'CodeSystem' || resource.url !== undefined) {
    const diagnostics =
      `${type}/${id} has no url, is a supplement, or is not of the shape that R5 gives a ${type}, ` +
      'so no question about it can be answered.';
    fail('terminology-unusable', { type, id }, { diagnostics, expression: type });
  }
  return resource;
}
