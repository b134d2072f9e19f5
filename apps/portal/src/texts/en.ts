import type { Texts } from './texts.ts';

export const english: Texts = {
  languageSwitch: 'Page language',
  skip: 'Skip to content',
  title: 'National Digital Health Platform',
  lead: 'An open implementation of Uzbekistan’s platform: one sign-on (OAuth 2.0) and FHIR R5 servers through which medical information systems exchange health records.',
  services: {
    heading: 'Services and addresses',
    names: {
      sso: 'Single sign-on (SSO)',
      playground: 'Playground',
      production: 'Production',
      portal: 'Portal',
    },
    about: {
      sso: 'Issues access tokens to systems.',
      playground: 'A FHIR server to try things on. It holds synthetic data only.',
      production: 'A FHIR server for real records, under strict rules: playground tokens are refused here.',
      portal: 'The page you are looking at.',
    },
    states: {
      ready: 'Working',
      'not-ready': 'Not ready yet',
      unreachable: 'Not answering',
      unknown: 'State unknown',
    },
    addresses: {
      base: 'Base address',
      token: 'Token endpoint',
      openid: 'OpenID Connect metadata',
      oauth: 'OAuth 2.0 metadata',
      jwks: 'Public keys (JWKS)',
      metadata: 'Capabilities (CapabilityStatement)',
      smart: 'SMART configuration',
      page: 'Start page',
      status: 'State of the services (JSON)',
    },
  },
  summary: {
    allReady: 'All services are working',
    someNot: 'Not every service is working. Look at: {names}',
    checking: 'Checking the services…',
    portalSilent: 'The portal is not answering; trying again',
  },
  steps: {
    heading: 'Your first request in three steps',
    lead: 'The commands hold the addresses of this very server: copy them and run them.',
    register: {
      title: 'Register your system',
      text: 'Run this on the machine where the platform runs, in its folder. It prints a client_id and a client_secret. The secret is shown only once.',
    },
    token: {
      title: 'Get a token',
      text: 'Put your own client_id and client_secret in place of the dots. The token is valid for one hour.',
    },
    read: {
      title: 'Read a patient',
      text: 'This synthetic patient comes with the playground.',
    },
    search: {
      title: 'Search for patients',
      text: 'The search is by name. While there is no such patient, the answer is a Bundle with no entries.',
    },
    create: {
      title: 'Now create a new patient',
      text: 'A 201 answer means that the record was created; its address is in the Location header.',
    },
    practitioner: 'There is a sample doctor, too:',
    secretWarning: 'Keep client_secret on your own server: never put it into a web page or a mobile app.',
    clientName: 'My system',
    examplesIn: 'Language of the examples',
    save: {
      javascript: 'Put the pieces into one file in this order and run it with Node.js: node dhp.mjs',
      python: 'Put the pieces into one file in this order and run it: python3 dhp.py',
    },
  },
  copy: { action: 'Copy', done: 'Copied', failed: 'Could not copy' },
  footer: {
    synthetic: 'Never send records of real patients to the playground.',
    licence: 'Open source, Apache 2.0 licence',
  },
  notFound: {
    title: 'There is no such page',
    text: 'Check the address, or begin at the start page.',
    home: 'Go to the start page',
  },
};
