import type { ServerPrivileges } from '@dhp/postgres/roles';

/**
 * Privileges of a FHIR server in its database, exactly those that its statements need. No version of a resource can be altered or removed:
 * the current one is replaced by the next, and earlier ones change only their shard, when a resource moves to that of another patient.
 * `test/privileges.test.ts` compares the privileges with the statements. A change comes with a migration (migrations/README.md).
 */
export const privileges: ServerPrivileges = {
  tables: {
    migration: 'select',

    dictionary: 'select',
    packed_upto: '',
    identity: 'select, insert, update (shard)',
    resource: 'select, insert, update (ver, upd, deleted, content, shard, txid, method, writer, pat, pat_of)',
    history: 'select, insert, update (shard)',

    search: 'select, insert, update, delete',
    tok: 'select, insert, delete',
    num: 'select, insert, delete',
    date: 'select, insert, delete',
    str: 'select, insert, delete',
    word: 'select, insert',
    contained: 'select, insert, update, delete',
    boundary: 'select, insert, update, delete',
    search_b: 'select, insert, update, delete',
    tok_b: 'select, insert, delete',
    num_b: 'select, insert, delete',
    date_b: 'select, insert, delete',
    str_b: 'select, insert, delete',
    contained_b: 'select, insert, update, delete',
    boundary_b: 'select, insert, update, delete',
    index_state: 'select, insert, update',
    index_definition: 'select, insert, delete',
    index_next: 'select, insert, update, delete',
    index_server: 'select, insert, update, delete',
    index_job: 'select, insert, update, delete',
    index_stretch: 'select, insert, update, delete',
    index_gap: 'select, insert, update, delete',
    text: 'select, insert, update, delete',
    text_state: 'select, update',
    shard_here: 'select',
    patient_shard: 'select, insert',

    server_run: 'select, insert, delete',
    replica_beat: 'select, insert, update (beat, at), delete',

    own_parameter: 'select, insert, update, delete',
    own_parameter_state: 'select, update (generation)',
    package: 'select, insert, update, delete',
    package_resource: 'select, insert, update, delete',
    closure: 'select, insert, update (version)',
    closure_concept: 'select, insert, delete',
    kept_search: 'select, insert, update (until), delete',
    single_use: 'select, insert, delete',
    single_use_memory: 'select, insert, update (since)',

    audit_record: 'select, insert',
    audit_key: 'select, insert',
    audit_head: 'select, insert',
    audit_act: 'select', // they are for the owner
    audit_listed: 'select, insert',

    job: 'select, insert, update (input, polled, state, due, holder, attempt, began, done, share, forgiven, stops, outcome, body, expires), delete',
    job_part: 'select, insert, delete',
    export: 'select, insert, delete', // a failed one is begun again
    export_file: 'select, insert',
    export_patient: 'select, insert',
    export_newest: 'select, insert, update (recorded, stored, provenance)',
    export_member: 'select, insert',
    import_input:
      'select, insert, update (reached, line, created, updated, unchanged, rejected, attempt, digest, bytes, ended, repeated, failure)',
    import_line: 'select, insert, update (waits), delete',
    imported: 'select, insert',
    submission: 'select, insert, update (state, digest)',
    submission_manifest: 'select, insert, update (replaced, headers)',
    deletion: 'select, insert, update (found)',
    deletion_item: 'select, insert, update (state, outcome), delete',

    event_reader: 'select, update (epoch, holder, lease, database, place, heard)',
    subscription_request: 'select, insert, update (rights), delete',
    subscription: 'select, insert, update (ver, request, owner, status, wanted, reason, numbered, changed)',
    topic: 'select, insert, update (ver)',
    event: 'select, insert, delete',
    lane: 'select, insert, update (acknowledged, woken, due, tries, failing, failure, holder, epoch, lease, paused, rests)',
    socket_token: 'select, insert, delete',
    reported_event: 'select, insert, delete',
    log_level: '', // `dhp start` reads it, with the login of DATABASE_URL
    change_stream: 'select, insert, update (holder, epoch, lease, server, place, published, oldest, failing)',
    test_receiver: 'select, insert, update (answer, numbered), delete',
    test_notification: 'select, insert, delete',
    view_definition: 'select, insert, update (newest)',

    legal_hold: 'select, insert, update (lifted, lifted_by, lifted_reason)', // servers set and lift holds, and change nothing else of them; only the owner purges
    retention: '',
    purge_run: '',
    trail_export: '', // the owner begins them: what they write can be read
    purged_version: 'select',
    purge_request: 'insert', // a deletion asks; the owner does it
    purge_item: 'insert',

    request_log: 'select, insert, delete',
    request_log_day: 'select, insert, update (kept, dropped)',

    access_policy: 'select, insert',
    access_policy_activation: 'select, insert',
    access_policy_default: 'select, update (due)',

    break_glass: 'select, insert',
    break_glass_review: 'select, insert',
    care_build: 'select, insert, update',
    care_link: 'select, insert, delete',
    consent: 'select, insert, update',
    consent_build: 'select, insert, update',

    label: 'select, insert, update, delete',
    label_definition: 'select, insert, update',
    label_member: 'select, insert, update',
  },
  sequences: { audit_id: 'usage', rid_block: 'usage', settled: 'select, update' },
  functions: {
    asker: 'execute',
    behind_newest: 'execute',
    belongs_to: 'execute',
    body: 'execute',
    clock_ms: 'execute',
    care_actors: 'execute',
    commit_on_all: 'execute',
    consent_actor: 'execute',
    consent_denies: 'execute',
    consent_hashes: 'execute',
    consent_holds: 'execute',
    consent_meets: 'execute',
    consent_parts_refuse: 'execute',
    consent_refuses: 'execute',
    consent_refuses_to: 'execute',
    consent_withholds: 'execute',
    empty_index: 'execute', // of servers of the release before
    empty_index_table: 'execute',
    entry: 'execute',
    entry_tells: 'execute',
    groups_untold: 'execute',
    has_phrase: 'execute',
    have_words: 'execute',
    have_words_exactly: 'execute',
    hold_references: 'execute',
    hold_shards: 'execute',
    indexed: 'execute',
    indexed_b: 'execute',
    is_current: 'execute',
    is_spread: 'execute',
    knows_patient_shards: 'execute',
    labelled: 'execute',
    labels_of: 'execute',
    lacks_places: 'execute',
    lacks_words: 'execute',
    lexemes: 'execute',
    may_answer: 'execute',
    may_stamp: 'execute',
    members_made: 'execute',
    members_unknown: 'execute',
    not_indexed: 'execute',
    organizations_above: 'execute',
    organizations_above_b: 'execute',
    on_shard: 'execute',
    outdated: 'execute',
    overtaken: 'execute',
    prepare_audit: 'execute',
    prepare_request_log: 'execute',
    refuse_audit_change: '', // of triggers, which ask for no privilege
    server_history: 'execute',
    server_name: 'execute',
    settle: 'execute',
    settle_now: 'execute',
    several: 'execute',
    standing: 'execute',
    stands_in: 'execute',
    store_on_shard: 'execute',
    texts: 'execute',
    tokens: 'execute',
    untold_of: 'execute',
    without_numbers: 'execute',
    words: 'execute',
    whole_snapshot: 'execute',
    restart_commit_order: '', // for the owner, after a restore
  },
};

/**
 * On several nodes a resource that moves to another patient's shard is deleted in one and inserted in the other, with its versions: a row cannot go to another
 * node by a change. docs/decisions/0130-writes-on-several-nodes.md
 */
export const privilegesOnNodes: ServerPrivileges = {
  ...privileges,
  tables: {
    ...privileges.tables,
    ...Object.fromEntries(['resource', 'history'].map((name) => [name, `${privileges.tables[name]!}, delete`])),
  },
};
