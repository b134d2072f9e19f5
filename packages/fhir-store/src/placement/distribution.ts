/**
 * Places of the rows of each table in a database of several nodes. One node has all of them, and the same statements. A test holds that each
 * table is named here. docs/decisions/0107-distributed.md
 */

/** Tables whose rows are placed by their `shard`, so that the data of one patient is on one node. They are placed alike. */
const byShard = [
  ...['resource', 'history', 'text', 'index_gap'],
  ...['search', 'tok', 'num', 'date', 'str'],
  ...['search_b', 'tok_b', 'num_b', 'date_b', 'str_b'],
  'shard_here',
] as const;

/**
 * The directory: looked up by id, it gives the shard. With several nodes it is whole on the one that clients use, where its key is unique
 * and where it is joined before any other node is asked. In partitions of one node it is divided by the id.
 */
const directory = ['identity'] as const;

/** Complete on each node: small, seldom changed, and joined with rows of all shards. */
const everywhere = [
  ...['word', 'own_parameter', 'own_parameter_state', 'package', 'package_resource'],
  ...['index_state', 'index_definition', 'text_state', 'label_definition', 'care_build', 'consent_build', 'dictionary'],
  ...['access_policy', 'access_policy_activation', 'access_policy_default'],
  ...['boundary', 'boundary_b', 'contained', 'contained_b'],
] as const;

/**
 * Joined with rows of all shards, and as numerous. Statements read them by patient, actor or resource, not by shard: until they have their
 * own shard, each node has all of them, and their growth limits a database of several nodes.
 */
const unplaced = ['consent', 'care_link', 'label', 'label_member'] as const;

/** Only on the node that clients use: never joined with tables on other nodes. */
const onOneNode = [
  ...['migration', 'server_run', 'replica_beat', 'kept_search', 'single_use', 'single_use_memory'],
  ...['index_job', 'index_next', 'index_server', 'index_stretch'],
  ...['audit_record', 'audit_key', 'audit_head', 'audit_act', 'audit_listed', 'request_log', 'request_log_day'],
  ...[
    'job',
    'job_part',
    'export',
    'export_file',
    'export_patient',
    'export_member',
    'export_newest',
    'closure',
    'closure_concept',
  ],
  ...['import_input', 'import_line', 'imported', 'submission', 'submission_manifest', 'deletion', 'deletion_item'],
  ...[
    'subscription',
    'subscription_request',
    'topic',
    'event',
    'event_reader',
    'lane',
    'socket_token',
    'reported_event',
  ],
  ...['change_stream', 'log_level', 'patient_shard'],
  ...['test_receiver', 'test_notification', 'view_definition'],
  ...['break_glass', 'break_glass_review'],
  ...[
    'legal_hold',
    'retention',
    'purge_run',
    'trail_export',
    'purged_version',
    'purge_request',
    'purge_item',
    'packed_upto',
  ],
] as const;

export const distribution = { byShard, directory, everywhere, unplaced, onOneNode } as const;

/** For each table that can be divided, the column that decides the node of a row. */
export const partitionKeys: Readonly<Record<string, string>> = Object.fromEntries<string>([
  ...byShard.map((table) => [table, 'shard'] as const),
  ...directory.map((table) => [table, 'id'] as const),
]);
