/** Addresses of the installation that the tests of the SSO are about. Whoever drives a browser alone need not load a server for them. */
export const playground = 'https://playground.example.uz/fhir';
export const production = 'https://fhir.example.uz';
export const issuer = 'https://sso.example.uz';
