/** The library of the SSO's tokens, for tests that look at them from outside. */
export * from 'jose';
