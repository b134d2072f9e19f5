import { setting } from './setting.ts';
import { bucket, region } from './upstreams.ts';
import { byteSize, onOff, oneOf, path, typeNames, wholeNumber } from './values.ts';

const units = wholeNumber(10_000, 1_000_000_000_000);

/** Settings that limit the cost of one request. */
export const costs = {
  DHP_REQUEST_WORK: setting(
    'a whole number of 10000 or more',
    '20000000',
    'The most units of work that one request may take, all entries of its Bundle together, beside four for each byte of its body; one that asks for more is refused (422). A unit is one to three tenths of a microsecond of one processor, that of the database included: an item that an expression goes through. An entry of a Bundle is 300, a parameter of a search about 100.',
    units,
  ),
  DHP_RESOURCE_WORK: setting(
    'a whole number of 10000 or more',
    '2000000',
    'The most units of work for the validation of one resource and for its index values, each, beside four for each byte of it, whatever profiles and search parameters were uploaded; a resource that needs more is refused (422). Ten times as much may be taken for one that is stored already and indexed anew.',
    units,
  ),
  DHP_REQUEST_MEMORY: setting(
    'a size',
    '256MiB',
    'The most bytes that one request may hold in memory beside its body, such as the answers of the entries of a batch; one that needs more is refused (422).',
    byteSize,
  ),
  DHP_BYTES_IN_FLIGHT: setting(
    'a size',
    'a sixteenth of the heap, and at least twice DHP_BODY_LIMIT',
    'The most bytes of request bodies and of answers that one server process holds at the same time; requests beyond that are refused for a moment (503 with Retry-After). Bodies over 1 MiB take a quarter of it at most, or the room of one that is as large as it may be.',
    byteSize,
  ),
  DHP_REQUEST_ROWS: setting(
    'a whole number of 1000 or more',
    '1000000',
    'The most resources and other rows that one request may read for its answer: matches, what is included, versions of a history, members that are looked up, all entries of a Bundle together; one that needs more is refused (422). A `$everything` in one answer, which is sent while it is read, is broken off instead: ask for it in pages (`_count`).',
    wholeNumber(1_000, 1_000_000_000),
  ),
  DHP_REQUEST_SECONDS: setting(
    'a whole number of 1 or more',
    '30',
    'Seconds after which a request starts nothing more. Entries of a batch that have not begun get 503, and those that have begun keep their answers; of a transaction that is still being prepared nothing is stored. One statement of the database is limited by itself.',
    wholeNumber(1, 3_600),
  ),
  DHP_JOBS: setting(
    'on, process, take, off',
    'on',
    'Whether a request with `Prefer: respond-async` is answered later, as a job (docs/jobs.md). `on`: each FHIR process of this node does its share of the jobs; `process`: each environment has one process more, which does them, and the work on the search index, with less of the processor than those that answer; `take`: it takes them, and other nodes do them; `off`: such requests are answered at once.',
    oneOf('on', 'process', 'take', 'off'),
  ),
  DHP_JOB_MINUTES: setting(
    'a number from 1 to 10080',
    '60',
    'Minutes for which the answer of a job is kept after its end.',
    wholeNumber(1, 10_080),
  ),
  DHP_EXPORTS: setting(
    'on, off',
    'on',
    'Whether there are bulk exports (docs/bulk-export.md). They are jobs, so that there are none either where DHP_JOBS is off.',
    oneOf('on', 'off'),
  ),
  DHP_IMPORTS: setting(
    'on, off',
    'on',
    'Whether there are bulk imports (docs/bulk-export.md). They are jobs, and what they fetch lies in DHP_EXPORT_FOLDER.',
    oneOf('on', 'off'),
  ),
  DHP_BULK_PUBLISH: setting(
    'token, public, off',
    'token',
    'Whether registers and the resources of conformance and terminology are published as files at `[base]/$bulk-publish` (docs/bulk-export.md): to tokens that read and search them, to everybody who can reach the server, or not at all.',
    oneOf('token', 'public', 'off'),
  ),
  DHP_BULK_PUBLISH_TYPES: setting(
    'a list of resource types',
    'all that can be published',
    'Which types are published. A type that may hold data of patients is refused at the start, by its name.',
    typeNames,
  ),
  DHP_EXPORT_FOLDER: setting(
    'a folder',
    'exports in DHP_DATA',
    'The files of bulk exports, a folder for each environment in it. With several nodes it is on a disk that all of them share.',
    path,
  ),
  DHP_EXPORT_BUCKET: setting(
    'https://HOST/BUCKET or https://HOST/BUCKET/PREFIX; http:// on this machine alone',
    'the files lie in DHP_EXPORT_FOLDER',
    'A bucket of S3-compatible storage in the place of that folder, for any number of nodes (docs/bulk-export.md). It is there already, and nobody else puts anything below the prefix.',
    bucket,
  ),
  DHP_EXPORT_BUCKET_REGION: setting('a name', 'us-east-1', 'The region of that bucket, which signatures name.', region),
  DHP_EXPORT_BUCKET_CREDENTIALS: setting(
    'a file',
    'none',
    'The access key for that bucket, in the form of AWS: lines with aws_access_key_id and aws_secret_access_key, of the first profile. It is read again every five minutes. A bucket needs one.',
    path,
  ),
  DHP_EXPORT_BUCKET_CA: setting(
    'a file',
    'none beside those of Node',
    'Further authorities in PEM that the certificate of that storage is checked against. It is read when the platform starts.',
    path,
  ),
  DHP_EXPORT_ENCRYPTION: setting(
    'on, off',
    'on in a bucket, off in a folder',
    'Whether files of exports and imports are encrypted where they lie, each under a key of its own, which follows from DHP_SECRET_KEY (docs/bulk-export.md). Files of before stay as they are, and can be taken.',
    onOff,
  ),
  DHP_EXPORT_HOURS: setting(
    'a number from 1 to 720',
    '24',
    'Hours for which the files of an export are kept after its end.',
    wholeNumber(1, 720),
  ),
  DHP_EXPORT_CLIENT_SIZE: setting(
    'a size',
    '64GiB',
    'The most bytes of files of exports that one client has in an environment; an export that needs more fails.',
    byteSize,
  ),
  DHP_EXPORT_SIZE: setting('a size', '256GiB', 'The same of all clients of an environment together.', byteSize),
  DHP_SUBSCRIPTIONS: setting(
    'on, take, off',
    'on',
    'Whether Subscriptions are served (docs/notifications.md). `on`: events are made and delivered where jobs are done (DHP_JOBS); `take`: this node takes Subscriptions, and other nodes make and deliver their events; `off`: a Subscription is refused unless it is off.',
    oneOf('on', 'take', 'off'),
  ),
  DHP_SUBSCRIPTION_LIMIT: setting(
    'a whole number from 1 to 100000',
    '100',
    'The most Subscriptions of one client that are not off; another one is refused (422).',
    wholeNumber(1, 100_000),
  ),
  DHP_SUBSCRIPTION_CERTIFICATE: setting(
    'a file',
    'none',
    'The certificate of the platform in PEM, for receivers of notifications that ask for one (mutual TLS). It is read when the platform starts.',
    path,
  ),
  DHP_SUBSCRIPTION_KEY: setting('a file', 'none', 'The key of that certificate, in PEM.', path),
  DHP_SUBSCRIPTION_CA: setting(
    'a file',
    'none beside those of Node',
    'Further authorities in PEM that certificates of receivers of notifications are checked against.',
    path,
  ),
  DHP_EVENT_DAYS: setting(
    'a whole number from 1 to 365',
    '14',
    'Days for which events of Subscriptions are kept. One that has been in error for as long is turned off.',
    wholeNumber(1, 365),
  ),
} as const;
