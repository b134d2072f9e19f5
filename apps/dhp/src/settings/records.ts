import { setting } from './setting.ts';
import { baseUrls, packageList, profilesByType } from './lists.ts';
import { byteSize, jwkSet, onOff, oneOf, timeZone, wholeNumber } from './values.ts';

/** Settings of the records in the FHIR servers. */
export const records = {
  DHP_TIME_ZONE: setting(
    'an IANA time zone',
    'Asia/Tashkent',
    'The zone of `meta.lastUpdated` and of dates that carry none.',
    timeZone,
  ),
  DHP_BODY_LIMIT: setting('a size', '64MiB', 'The largest request body that the FHIR servers take.', byteSize),
  DHP_IF_MATCH: setting(
    'required, optional',
    'required',
    'Whether a PUT of an existing resource must carry If-Match.',
    oneOf('required', 'optional'),
  ),
  DHP_REFERENCE_INTEGRITY: setting(
    'enforce, allow',
    'enforce in production, allow in the playground',
    'Whether a reference to a resource that does not exist is refused, and the deletion of one that others refer to.',
    oneOf('enforce', 'allow'),
  ),
  DHP_CONSENT: setting(
    'record, refuse',
    'record',
    'How a Consent is treated where the access policies do not enforce consents. `record`: it is stored, since the refusal of a patient must not be lost, and the answer warns; `refuse`: it is refused (422).',
    oneOf('record', 'refuse'),
  ),
  DHP_SIGNER_KEYS: setting(
    'a file',
    'signatures are not verified',
    'Public keys of signers, by which signatures of a Provenance are verified before it is stored: a JWK Set (RFC 7517) in which each key has `kid` and `signers`, the references for whom it signs (`["Practitioner/7"]`). A signature that is wrong is refused (422). It is read at the start.',
    jwkSet,
  ),
  DHP_SIGNATURES: setting(
    'record, refuse',
    'record',
    'How a signature of a Provenance is treated that cannot be verified, such as one by a key that is not in DHP_SIGNER_KEYS. `record`: it is stored, and the answer warns; `refuse`: it is refused (422).',
    oneOf('record', 'refuse'),
  ),
  DHP_AUDIT: setting(
    'on, off',
    'on in production, off in the playground',
    'Whether a FHIR server keeps a trail of requests: one record for each request and patient, in the database before the answer is sent. Where it cannot be written, the answer is 503. `dhp audit verify` finds what was altered or cut.',
    oneOf('on', 'off'),
  ),
  DHP_AUDIT_MONTHS: setting(
    'a number from 1 to 1200',
    'records stay until `dhp audit retain`',
    'The platform destroys the records and the keys of months of the trail of requests that ended so many months ago, once a day, each time with a signed statement, as `dhp audit retain` does. It must own the tables (docs/database-roles.md).',
    wholeNumber(1, 1200),
  ),
  DHP_REQUEST_LOG: setting(
    'on, off',
    'on',
    'Whether the FHIR servers and the SSO keep the requests of applications for seven days, for those who develop them (docs/portal.md): address, status, time taken, request id and errors; in production without values. Never a body, a header, a token or a secret.',
    onOff,
  ),
  DHP_REQUEST_LOG_ROWS: setting(
    'a number from 100 to 1000000',
    '10000',
    'How many requests of one application and day are kept; the oldest go first.',
    wholeNumber(100, 1_000_000),
  ),
  DHP_EXPANSION_LIMIT: setting(
    'a number from 1 to 1000000',
    '10000',
    'The most codes that an expansion of a value set has in one answer; more are refused as too costly, and read in pages.',
    wholeNumber(1, 1_000_000),
  ),
  DHP_EXPANSIONS: setting(
    'nested, flat',
    'nested',
    'Whether an expansion of a value set may show the tree of its code system (`contains` within `contains`), where all of it is in one answer and the request does not refuse it; or is always a list.',
    oneOf('nested', 'flat'),
  ),
  DHP_OPEN_TERMINOLOGY: setting(
    'on, off',
    'off',
    'Whether the terminology operations that only read, and reads and searches of the resources of conformance (code systems, value sets, profiles and the like), need no token, as terminology clients expect. Whoever can reach the server then sees all of them. Everything else needs a token as ever; limits of rates and of cost hold, by address.',
    oneOf('on', 'off'),
  ),
  DHP_MEMBERSHIP_LIMIT: setting(
    'a number from 1 to 1000000',
    '100000',
    'The most codes of a value set, or of a hierarchy of codes, by which one can search (`:in`, `:not-in`, `:below`, `:above`); more are refused (422).',
    wholeNumber(1, 1_000_000),
  ),
  DHP_VALIDATION: setting(
    'guide, claimed, off',
    'guide in production, claimed in the playground',
    'What a resource must conform to before it is stored. `claimed`: R5 and the profiles that it names in `meta.profile`; `guide`: also the profile that is mandatory for its type; `off`: nothing, for loading in bulk what was checked before.',
    oneOf('guide', 'claimed', 'off'),
  ),
  DHP_MANDATORY_PROFILES: setting(
    'a list of TYPE=canonical',
    'those that the ImplementationGuides stored here name as global',
    'Profiles that every resource of a type must meet where DHP_VALIDATION is `guide`, beside those that stored guides name as global.',
    profilesByType,
  ),
  DHP_META_PROFILE: setting(
    'required, optional',
    'optional',
    'Whether a resource must name a profile in `meta.profile`, where there are stored profiles for its type.',
    oneOf('required', 'optional'),
  ),
  DHP_UNKNOWN_PROFILES: setting(
    'warning, error',
    'warning',
    'How a profile that a resource claims and that is not known here is reported: as a warning, or as an error, which refuses the resource.',
    oneOf('warning', 'error'),
  ),
  DHP_UNKNOWN_CODES: setting(
    'error, warning, ignore',
    'error',
    'How a code is reported that its code system does not have. Code systems that are not known here are not checked.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_DISPLAYS: setting(
    'error, warning, ignore',
    'warning',
    'How a display is reported that its code does not have in any language.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_NATIONAL_IDENTIFIERS: setting(
    'error, warning, ignore',
    'warning',
    'How a national identifier is reported that is unusual but breaks no published rule: the digits of a PINFL, the form of a passport number. One that breaks a published rule is refused in any case.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_VITAL_SIGNS: setting(
    'required, optional',
    'required where DHP_VALIDATION is guide, else optional',
    'Whether an Observation with the LOINC code of a vital sign must meet the profile that FHIR R5 has for it.',
    oneOf('required', 'optional'),
  ),
  DHP_REFERENCE_TARGETS: setting(
    'error, warning, ignore',
    'error where DHP_VALIDATION is guide, else warning',
    'How a reference is reported whose target meets none of the profiles that a profile of the resource requires of it. Targets are checked that are stored here and that the writer may read. A warning is shown by `$validate` alone.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_SEED_PATIENTS: setting(
    'a whole number',
    '100',
    'How many synthetic patients an empty playground starts with; 0 for none.',
    wholeNumber(0, 1_000_000),
  ),
  DHP_PACKAGE_SERVERS: setting(
    'a list of base URLs',
    'https://packages.fhir.org,https://packages2.fhir.org/packages',
    'The FHIR package registries that `dhp package install` asks, in this order.',
    baseUrls,
  ),
  DHP_PACKAGES: setting(
    'a list of packages',
    'none',
    'FHIR packages that every environment is to have, as `dhp package install` takes them (`uz.dhp.core@0.7.0`, or the path of a tarball or a folder): installed with their dependencies before the first request is answered. The start fails where one cannot be installed; installed packages are not fetched again.',
    packageList,
  ),
} as const;
