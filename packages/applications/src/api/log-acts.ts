/** The log of requests of an application, at the Single Sign-On and at the FHIR server of its environment. */
import { AdministrationError } from '@dhp/sso-kit';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { QuestionError, readQuestion, type LogPage } from '@dhp/request-log';
import { DeveloperError } from '../rules/developer-error.ts';
import { applicationFor } from './application-for.ts';
import type { Act, Context } from './act.ts';

export const logActs: readonly Act[] = [{ method: 'GET', path: '/applications/{client_id}/requests', run: show }];

const members = ['from', 'to', 'status', 'path', 'request_id', 'before', 'limit'] as const;

/** Every member of the organisation may read it, even for a revoked application; nobody else learns that it exists. */
async function show(context: Context, input: Input): Promise<unknown> {
  const { client } = await applicationFor(context, input, 'look');
  const server = input.oneOf('server', ['fhir', 'sso']) ?? 'fhir';
  if (context.requestLog === undefined) return { server, is_kept: false };
  const asked = Object.fromEntries(members.map((name) => [name, input.text(name)]));
  const { clientId, environment } = client;
  const question = questionOf(clientId, asked, context);
  const page =
    server === 'sso'
      ? await context.requestLog.read(question)
      : await askFhir(context, environment, { ...asked, client: clientId });
  return { server, is_kept: true, ...page };
}

/** The question is parsed here even if another server answers, so that errors are reported in one way. */
function questionOf(
  clientId: string,
  asked: Readonly<Record<string, unknown>>,
  { clock }: Context,
): ReturnType<typeof readQuestion> {
  try {
    return readQuestion(clientId, asked, clock().getTime());
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    throw new InputError('invalid-value', error.message);
  }
}

async function askFhir(
  { accessAdministration, person }: Context,
  environment: 'playground' | 'production',
  asked: Readonly<Record<string, unknown>>,
): Promise<LogPage> {
  try {
    const subject = person.accountId;
    return (await accessAdministration.ask({ environment, subject, act: 'requests', asked })) as unknown as LogPage;
  } catch (error) {
    if (!(error instanceof AdministrationError)) throw error;
    throw new DeveloperError('environment-away', error.message);
  }
}
