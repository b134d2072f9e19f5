/** Addresses of the installation for the SSO tests. Tests that only drive a browser need not load a server for them. */
export const playground = 'https://playground.example.uz/fhir';
export const production = 'https://fhir.example.uz';
export const issuer = 'https://sso.example.uz';
