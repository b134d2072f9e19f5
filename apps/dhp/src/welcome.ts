/** Text that a start prints when all servers are ready: the addresses, and two lines that get a token and read a Patient. */
import { demoPatientId } from '@dhp/synthetic-population';
import type { Platform } from './platform.ts';

/** The welcome, ready to print. Every line of it can be copied into a terminal or a browser as it is. */
export function welcome(
  { urls, hasDemoPatient, demo }: Pick<Platform, 'urls' | 'hasDemoPatient' | 'demo'>,
  seconds: number,
): string {
  const lines = [
    '',
    `DHP is ready (${seconds.toFixed(1)} s).`,
    '',
    `  Portal       ${urls.portal}/`,
    `  SSO          ${urls.sso}`,
    `  Playground   ${urls.playground}`,
    ...(urls.production === undefined ? [] : [`  Production   ${urls.production}`]),
    '',
  ];
  if (demo) {
    lines.push(
      'A client to try it with (more: npx dhp client create --help):',
      '',
      `  client_id      ${demo.clientId}`,
      `  client_secret  ${demo.secret}`,
      '',
      hasDemoPatient
        ? 'Get a token and read a Patient:'
        : 'Get a token and search for Patients (there are none of the synthetic ones):',
      '',
      `  TOKEN=$(curl -s ${urls.sso}/oauth/token -d grant_type=client_credentials -d client_id=${demo.clientId} -d client_secret=${demo.secret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
      `  curl -s ${urls.playground}/Patient${hasDemoPatient ? `/${demoPatientId}` : ''} -H "Authorization: Bearer $TOKEN"`,
      '',
    );
  }
  lines.push('Stop with Ctrl-C.', '');
  return lines.join('\n');
}
