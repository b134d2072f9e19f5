import { daysBefore, identityEnvironments, secondFactorRoles, sessionLimits } from './lists.ts';
import { setting } from './setting.ts';
import { mailUrl, oneIdUrl, openIdProviders } from './upstreams.ts';
import { onOff, oneOf, path, wholeNumber } from './values.ts';

/** People: how they sign in, and messages to them. */
export const people = {
  DHP_HEALTH_WORKERS: setting(
    'as-scoped, refused',
    'as-scoped in the playground, refused in production',
    'What a `user/` scope gives a health worker who has no role: what it says, or nothing. For those who have a role its policies count (`dhp policy`), and patients have their own record in any case.',
    oneOf('as-scoped', 'refused'),
  ),
  DHP_SECOND_FACTOR: setting(
    'nobody, or a list of patients, relatives, health-workers, administrators',
    'nobody, and administrators where production is served',
    'Groups that always sign in with a second factor; those without one set it up at the next sign-in. Others may set one up, and applications may demand one. Administrators, of the platform and of organisations, then need it at the operators’ pages also for reading; changes there require it in any case.',
    secondFactorRoles,
  ),
  DHP_BREACHED_PASSWORDS: setting(
    'a path',
    'none',
    'A list of passwords known from breaches, in the form of Pwned Passwords, which is read from this machine alone: a directory of range files (`21BD1.txt`, lines `SUFFIX:COUNT`) or one file of all SHA-1 hashes in order (lines `HASH:COUNT`). No password in it can be set. `dhp password-list status` says what is installed.',
    path,
  ),
  DHP_SESSION_IDLE_HOURS: setting(
    'a whole number',
    '8',
    'After how many hours without use a person has to sign in again.',
    wholeNumber(1, 720),
  ),
  DHP_SESSION_HOURS: setting(
    'a whole number',
    '12',
    'After how many hours a person has to sign in again, however much the session was used.',
    wholeNumber(1, 720),
  ),
  DHP_SESSION_LIMITS: setting(
    'a list of GROUP=IDLE/LONGEST, or none',
    'administrators=1h/12h',
    'Shorter limits of sessions for some groups, without use and in all, as in `patients=8h/12h,health-workers=30m/12h,family-doctor=20m/10h`. A group is `patients`, `relatives`, `health-workers`, `administrators` (of the platform and of organisations) or the name of a role. A person in several groups gets the strictest limits.',
    sessionLimits,
  ),
  DHP_SHARED_WORKSTATIONS: setting(
    'on, off',
    'off',
    'Whether health workers share computers. Their sessions then end after 15 minutes without use and with the browser, the browser is not remembered, and no refresh token outlives the session, also with `offline_access`.',
    onOff,
  ),
  DHP_ORGANIZATIONS_PER_DEVELOPER: setting(
    'a whole number',
    '3',
    'How many organisations of developers one person may make at the portal; 0: none.',
    wholeNumber(0, 1000),
  ),
  DHP_APPLICATIONS_PER_DEVELOPER: setting(
    'a whole number',
    '10',
    'How many applications one person may have registered at the portal that are not revoked, and how many in a day; 0: none.',
    wholeNumber(0, 10_000),
  ),
  DHP_APPLICATIONS_PER_ORGANIZATION: setting(
    'a whole number',
    '20',
    'How many applications of one organisation of developers may work at a time.',
    wholeNumber(0, 10_000),
  ),
  DHP_APPLICATION_SECRET_DAYS: setting(
    'a whole number',
    '365',
    'After how many days a secret ends that a developer makes at the portal; 0: it does not end by itself. What is set counts for secrets that are made from then on; those that operators give do not end.',
    wholeNumber(0, 3650),
  ),
  DHP_CREDENTIAL_REMINDERS: setting(
    'a list of days, or none',
    '30,7,1',
    'How many days before a secret or a key of an application ends its owners are told by a message; the page of the application shows it from the first of them on.',
    daysBefore,
  ),
  DHP_SIGN_UP: setting(
    'on, off',
    'on, and off where production is served',
    'Whether people may sign up by an e-mail address, which confirms itself by a link. Such an account has no roles and no record: it is for developers at the portal. Without `DHP_MAIL` the link stands in `mail.ndjson` of the data directory.',
    onOff,
  ),
  DHP_TEMPORARY_PASSWORD_HOURS: setting(
    'a whole number',
    '72',
    'For how many hours a password is valid that an operator has set (`dhp user`, the administration, the operators’ pages). At its first use the person chooses another one.',
    wholeNumber(1, 720),
  ),
  DHP_ACCOUNT_DELETION_DAYS: setting(
    'a whole number',
    '14',
    'For how many days a person who has deleted the own account can take that back; then what is of the person is erased. 0: it is erased at once.',
    wholeNumber(0, 365),
  ),
  DHP_ONEID: setting(
    'test, off, or a URL with client id and secret',
    'test, and off where production is served',
    'The identity system by which people may sign in: `https://CLIENT_ID:SECRET@sso.egov.uz/sso/oauth/Authorization.do`. `test` is one of our own, at which anybody can be one of a few synthetic patients.',
    oneIdUrl,
  ),
  DHP_OPENID_PROVIDERS: setting(
    'a list of NAME=https://CLIENT_ID:SECRET@ISSUER, each with ?pinfl=CLAIM or not',
    'none',
    'OpenID Connect providers by which people may sign in: NAME is on the button, and in lower case with hyphens the id at `/upstream/ID`, the redirect URI to register there. `pinfl` names the claim with the PINFL, where the provider is trusted to say whose record it is.',
    openIdProviders,
  ),
  DHP_IDENTITY_ENVIRONMENTS: setting(
    'none, playground, production',
    'production where it is served, else playground',
    'The environment whose records may say who somebody is there: a Patient or Practitioner with the PINFL of a person becomes a record of the account where a client wrote the number that an operator has named (`dhp identity-source`), or an operator confirmed it. The playground cannot be named beside production.',
    identityEnvironments,
  ),
  DHP_MAIL: setting(
    'an smtp:, smtps: or https: URL',
    'the file mail.ndjson in DHP_DATA',
    'How links to set a password and notices reach people: `smtp://user:password@host:587`, which is always encrypted (STARTTLS) when it has a password, or `smtps://`. `https://user:password@host/path` is a gateway that takes them as JSON (docs/sign-in.md). Without it they are written to a file, for tests.',
    mailUrl,
  ),
  DHP_MAIL_FROM: setting('an e-mail address', 'noreply@ and the host of the SSO', 'The sender of the messages.', path),
  DHP_MAIL_INTERVAL_MINUTES: setting(
    'a whole number from 1 to 1440',
    '60',
    'The least minutes between two mails of one Subscription (docs/notifications.md): what happens meanwhile is summed.',
    wholeNumber(1, 1440),
  ),
} as const;
