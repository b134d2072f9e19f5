/** Text that a start prints when all servers are ready: the addresses, and two lines that get a token and read a Patient. */
import { demoPatientId } from '@dhp/synthetic-population/demo';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import type { Platform } from './platform.ts';

/** The welcome, ready to print. Every line of it can be copied into a terminal or a browser without changes. */
export function welcome(
  { urls, hasDemoPatient, demo }: Pick<Platform, 'urls' | 'hasDemoPatient' | 'demo'>,
  seconds: number,
): string {
  const said = operationMessages[spokenLanguage()].start;
  const lines = [
    '',
    said.ready({ seconds: seconds.toFixed(1) }),
    '',
    `  Portal       ${urls.portal}/`,
    `  SSO          ${urls.sso}`,
    `  Playground   ${urls.playground}`,
    ...(urls.production === undefined ? [] : [`  Production   ${urls.production}`]),
    '',
  ];
  if (demo) {
    lines.push(
      said.client,
      '',
      `  client_id      ${demo.clientId}`,
      `  client_secret  ${demo.secret}`,
      '',
      hasDemoPatient ? said.readPatient : said.searchPatients,
      '',
      `  TOKEN=$(curl -s ${urls.sso}/oauth/token -d grant_type=client_credentials -d client_id=${demo.clientId} -d client_secret=${demo.secret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
      `  curl -s ${urls.playground}/Patient${hasDemoPatient ? `/${demoPatientId}` : ''} -H "Authorization: Bearer $TOKEN"`,
      '',
    );
  }
  lines.push(said.stopWith, '');
  return lines.join('\n');
}
