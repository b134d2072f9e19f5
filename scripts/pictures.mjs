// Which pictures of pages the documents show, in their order. A page is drawn by the test that holds it against axe: `isFit(page,
// 'NAME.LANGUAGE')` in a test of apps/sso, with `.dark` behind it for a second picture, for readers who like it dark. NAME stands here with
// what it is called; a picture without a line here, and a line without a picture in each language, end `npm run screenshots` with an error.

export const languages = ['uz', 'ru', 'en'];

/** `folder` is one of docs; `pages` are NAME and title, in the order of the table. */
export const documents = [
  {
    document: 'sign-in.md',
    folder: 'sign-in',
    pages: {
      start: 'Start page',
      'sign-in': 'Signing in',
      'wrong-password': 'A wrong password',
      'second-factor': 'The second factor',
      'second-factor-setup': 'Setting up codes on the way in',
      'recovery-codes': 'Recovery codes, shown once',
      'patient-search': 'A health worker looks for a patient',
      'patient-found': 'The patients found',
      'patient-consent': 'Consent, with the patient chosen',
      consent: 'Consent',
      account: 'My account',
      'account-security': 'Ways to sign in',
      'account-codes': 'Setting up codes',
      'account-sessions': 'Sessions',
      'account-applications': 'Applications with access',
      'account-activity': 'What happened',
      'password-forgotten': 'A forgotten password',
      'password-link-sent': 'A link is on its way',
      'password-new': 'A new password',
      'password-set': 'The password is set',
      'upstream-conflict': 'A conflict of two accounts',
      expired: 'A sign-in that took too long',
      error: 'A request that cannot be answered',
    },
  },
  {
    document: 'administration.md',
    folder: 'administration',
    pages: {
      operate: 'Overview',
      'operate-users': 'People',
      'operate-user': 'A person',
      'operate-user-change': 'Name, address and records of a person',
      'operate-role': 'A role is given',
      'operate-question': 'The question before an act',
      'operate-clients': 'Clients',
      'operate-client': 'A client that waits',
      'operate-approve': 'Approving a client',
      'operate-client-change': 'Changing a client',
      'operate-sessions': 'Sessions',
      'operate-session': 'A session',
      'operate-keys': 'Signing keys over time',
      'operate-policies': 'What roles permit',
      'operate-policy-change': 'Changing what a role permits',
      'operate-audit': 'The audit trail',
      'operate-audit-record': 'A record, and its place in the chain',
      'operate-export': 'Exporting what was found',
      'operate-missing': 'Nothing there',
    },
  },
];
