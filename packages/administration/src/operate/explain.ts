/**
 * The simulator: whether a person may read a record, and why. For operators, and for data protection officers of their environments. As it
 * shows patient data, it requires a recent sign-in.
 */
import { isActFailure, statusOf } from '../acts/act-failure.ts';
import { explainChoicePage, explainPage, pathOfExplanation, type ExplainAsked } from '../pages/explain-page.ts';
import type { Answer } from './answer.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { accessServiceOf, environmentAt, ofEnvironments } from './environments.ts';

export function addExplanation(controller: OperatorController): void {
  controller.show('/explain', (context) => chooseEnvironment(controller, context));
  controller.show('/access/:environment/explain', (context) => explain(controller, context, undefined), true);
  controller.take('/access/:environment/explain', (context, form) => explain(controller, context, form), {
    showAgain: (context, form) => explain(controller, context, form, { isOfEarlierSignIn: true }),
  });
}

/** Redirects to the only environment if there is no choice. */
async function chooseEnvironment(controller: OperatorController, context: OperatorContext): Promise<Answer> {
  const found = await ofEnvironments(context, (environment) =>
    accessServiceOf(controller, context).ask(environment, 'state'),
  );
  const [first, ...others] = found.map(({ environment }) => environment);
  if (first !== undefined && others.length === 0) return { goTo: pathOfExplanation(first) };
  return { page: explainChoicePage(found, context.options) };
}

async function explain(
  controller: OperatorController,
  context: OperatorContext,
  form: URLSearchParams | undefined,
  { isOfEarlierSignIn = false } = {},
): Promise<Answer | undefined> {
  const environment = environmentAt(controller, context);
  if (environment === undefined) return undefined;
  const at = accessServiceOf(controller, context);
  const { versions } = await at.ask(environment, 'versions');
  const given = (name: string): string => (form?.get(name) ?? '').trim();
  const asked: ExplainAsked = {
    ...{ environment, resource: given('resource'), client: given('client_id'), person: given('username') },
    ...{ interaction: given('interaction'), purpose: given('purpose'), version: given('version') },
    versions: versions.slice(0, 50).map(({ version }) => version),
  };
  if (form === undefined || isOfEarlierSignIn)
    return { page: explainPage(asked, undefined, context.options, { isOfEarlierSignIn }) };
  const orNone = (text: string): string | undefined => (text === '' ? undefined : text);
  try {
    const who = { clientId: asked.client, username: orNone(asked.person) };
    const told = await at.explain(environment, who, {
      ...{ resource: asked.resource, interaction: orNone(asked.interaction), purpose: orNone(asked.purpose) },
      version: /^\d{1,9}$/.test(asked.version) ? Number(asked.version) : undefined,
    });
    return { page: explainPage(asked, told, context.options) };
  } catch (error) {
    if (!isActFailure(error)) throw error;
    return { page: explainPage(asked, error.message, context.options), status: statusOf(error) };
  }
}
