import type { ServerPrivileges } from '@dhp/postgres/roles';

const rows = 'select, insert, update, delete';

/**
 * Privileges of the SSO in its database: exactly those that its statements need. The audit trail can be appended to and read, whatever the
 * code does; people, clients and keys cannot be removed. `test/privileges.test.ts` compares the privileges with the statements. A change
 * needs a migration, as the README of the FHIR store's migrations says.
 */
export const privileges: ServerPrivileges = {
  tables: {
    migration: 'select',

    audit_event: 'select, insert',
    audit_chain: 'select, insert',

    signing_key: 'select, insert, update (retires_at)',

    client: 'select, insert, update',
    client_word: 'select, insert, delete',
    client_logo: 'select, insert, delete',
    registration_token: 'select, insert, update (uses, ended_at, ended_by)',

    application: 'select, insert',
    secret_end: 'select, insert, delete',
    credential_reminder: 'select, insert, delete',
    developer_organization: 'select, insert',
    developer_member: 'select, insert, update (role), delete',
    developer_invitation: 'select, insert, delete',
    production_request: 'select, insert',
    request_log: 'select, insert, delete',
    request_log_day: 'select, insert, update (kept, dropped)',

    account: 'select, insert, update',
    account_word: 'select, insert, delete',
    account_identity: 'select, insert, update (fhir_id, proof, represents), delete',
    account_role: 'select, insert, delete',
    platform_administrator: 'select, insert, delete',
    access_watch: 'select, insert, update (looked_until, next_at), delete',
    log_level: '', // `dhp start` reads it, with the login of DATABASE_URL
    access_policy: rows,
    custody: rows,

    totp: rows,
    passkey: rows,
    recovery_code: 'select, insert, update (used_at, code_hash, is_keyed), delete',
    password_link: 'select, insert, delete',
    paper_code: 'select, insert, update (code_hash, made_at, expires_at), delete',
    own_link: 'select, insert, delete',
    sign_up: 'select, insert, delete',
    mail_recipient:
      'select, insert, update (request, titles, language, state, link_hash, mails, asked_at, expires_at, told, told_at, seen_at), delete',
    known_device: rows,
    throttle: rows,

    artifact: rows,
    consent: rows,
    grant_basis: 'select, insert, delete',
    launch: rows,
    revocation: rows,
    session_client: rows,
    session_detail: rows,
    sign_in_step: rows,

    upstream_link: 'select, insert, delete',
    upstream_state: 'select, insert, delete',
    unconfirmed_identity: 'select, delete',
    // Locking a row needs the privilege to update some column.
    unconfirmed_link: 'select, update (linked_at), delete',
    identity_source: 'select, insert, delete',
    identity_case: rows,
    record_confirmation: 'select, insert',

    service_count: 'select, insert, update (minute)',
    service_day: 'select, insert, update (up, partly, down), delete',

    logout_notice: rows,
    message: rows,
  },
  sequences: {},
  functions: {
    first_audit_id: 'execute',
    prepare_request_log: 'execute',
    server_name: 'execute',
    refuse_change: '', // of triggers, which ask for no privilege
  },
};
