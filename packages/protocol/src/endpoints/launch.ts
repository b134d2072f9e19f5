/**
 * Endpoint at which the software of a health worker registers the context of a launch: the `launch` of the answer goes to the launch
 * address of the application, which passes it to the authorization endpoint.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
 */
import type { FastifyInstance } from 'fastify';
import { launchScope } from '@dhp/clients/fields';
import { basicChallenge, type OAuthErrorKind } from '@dhp/sso-pages/refusals';
import { launchUrl, makeLaunch } from './make-launch.ts';
import type { LaunchContext, StatedEmergency } from '../store/launches.ts';
import type { AuditEvent } from '@dhp/audit';
import { selectClient } from '@dhp/clients/rows';
import type { EnvironmentName } from '@dhp/sso-kit';
import { authenticateClient, type ClientAuthenticationOptions } from './client-authentication.ts';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';
import { readFhirContext } from './fhir-context.ts';
import { acceptProgramForms } from './program-forms.ts';

export const launchPath = '/oauth/launch';

export function addLaunch(
  app: FastifyInstance,
  o: ClientAuthenticationOptions & {
    /** FHIR base URLs. */
    environments: Partial<Record<EnvironmentName, string>>;
    record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  },
): void {
  void app.register((scope, _options, done) => {
    acceptProgramForms(scope);
    scope.post<{ Body: URLSearchParams | undefined }>(launchPath, async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      const asker = await authenticateClient({ request, reply }, launchPath, o);
      if ('refused' in asker) {
        if (/^client-(?:authentication-failed|assertion-refused)$/.test(asker.refused)) {
          reply.header('WWW-Authenticate', basicChallenge(o.issuer));
        }
        return sendRefusal(reply, asker.refused);
      }
      const { client } = asker;
      if (client.public || !client.scopes.includes(launchScope)) return sendRefusal(reply, 'launch-not-permitted');
      const context = contextIn(request.body ?? new URLSearchParams(), o.clock());
      if (typeof context === 'string') return sendRefusal(reply, context);
      const application = await o.find(context.application);
      const isThere = application?.disabled === false && application.environment === client.environment;
      if (!isThere || !application.grants.includes('authorization_code'))
        return sendRefusal(reply, 'launch-unknown-app');

      const { launch, seconds } = await makeLaunch(o.sql, {
        ...{ context, clientId: application.client_id, environment: client.environment },
        ...{ registeredBy: client.client_id, now: o.clock() },
      });
      const reason = `for ${application.client_id}${context.emergency === null ? '' : ', in an emergency'}`;
      o.record({ event: 'launch.registered', clientId: client.client_id, reason }, request.ip);
      const details = (await selectClient(o.sql, application.client_id))?.details;
      const at = details?.initiate_login_uri;
      const fhirBase = o.environments[client.environment];
      return reply.code(201).send({
        launch,
        expires_in: seconds,
        ...(at === undefined || fhirBase === undefined ? {} : { launch_url: launchUrl(at, { iss: fhirBase, launch }) }),
      });
    });
    refuseOtherMethods(scope, launchPath, 'POST');
    done();
  });
}

const idShape = /^[A-Za-z0-9.-]{1,64}$/;

function contextIn(
  form: URLSearchParams,
  now: Date,
): (Omit<LaunchContext, 'picked'> & { application: string }) | OAuthErrorKind {
  const text = (name: string): string | null => form.get(name) || null;
  const application = text('application');
  if (application === null) return 'launch-application-missing';
  const ids = { patient: text('patient'), encounter: text('encounter'), practitioner: text('practitioner') };
  if (Object.values(ids).some((id) => id !== null && !idShape.test(id))) return 'launch-context-invalid';
  const banner = text('need_patient_banner') ?? 'true';
  const style = text('smart_style_url');
  if (style !== null && URL.parse(style)?.protocol !== 'https:') return 'launch-context-invalid';
  const intent = text('intent');
  if (!/^(?:true|false)$/.test(banner) || (intent?.length ?? 0) > 200) return 'launch-context-invalid';
  const more = text('fhir_context');
  const fhirContext = more === null ? null : readFhirContext(more);
  if (fhirContext === undefined) return 'launch-context-invalid';
  const emergency = emergencyIn(form, ids, now);
  if (emergency === undefined) return 'launch-context-invalid';
  return {
    ...ids,
    application,
    emergency,
    intent,
    need_patient_banner: banner === 'true',
    smart_style_url: style,
    fhir_context: fhirContext,
  };
}

const [fewest, most] = [10, 500];

/**
 * The purpose of use of the launch; the only one supported is `ETREAT`. It needs a patient, a named health worker and a reason in words.
 * @returns null if no purpose is stated; undefined if the statement is invalid
 */
function emergencyIn(
  form: URLSearchParams,
  { patient, practitioner }: Pick<LaunchContext, 'patient' | 'practitioner'>,
  now: Date,
): StatedEmergency | null | undefined {
  const [purpose, given] = [form.get('purpose_of_use'), form.get('purpose_reason')];
  if (purpose === null && given === null) return null;
  const reason = given?.trim() ?? '';
  const isWords =
    reason.length >= fewest && reason.length <= most && /\p{L}.*\p{L}/u.test(reason) && !/\p{Cc}/u.test(reason);
  if (purpose !== 'ETREAT' || patient === null || practitioner === null || !isWords) return undefined;
  return { reason, since: Math.floor(now.getTime() / 1000) };
}
