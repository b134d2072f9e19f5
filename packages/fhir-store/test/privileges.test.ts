import assert from 'node:assert/strict';
import { it } from 'node:test';
import { differingPrivileges } from '@dhp/postgres/testing';
import { privileges } from '../src/privileges.ts';

it('a FHIR server has the privileges that its statements need, and no others', async () => {
  // `deleteUnnamed` is given its table.
  const all = ['insert', 'update', 'delete'];
  const postings = ['insert', 'delete'];
  // The second set of tables is written by the statements that name the first one (`sessionIn`).
  const second = {
    search_b: all,
    contained_b: all,
    boundary_b: all,
    tok_b: postings,
    num_b: postings,
    date_b: postings,
    str_b: postings,
  };
  // `@dhp/request-log` is given its tables.
  const log = { request_log: ['insert', 'delete'], request_log_day: ['insert', 'update kept', 'update dropped'] };
  const written = { boundary: ['delete'], contained: ['delete'], ...second, ...log };
  // Statements of commands that work as the owner (statements/audit-life.ts): a server may run none of them. Nor may it repair what a verification
  // has found (verify/repair.ts). On several nodes, where it is the owner, a resource goes to another shard by delete and insert
  // (docs/decisions/0130-writes-on-several-nodes.md). The table that makes all nodes commit is changed as the owner, by a function. An upgrade
  // notes, as the owner, that a copied database continues.
  const ofOwner = [
    'insert on audit_act is needed and not declared',
    'delete on audit_key is needed and not declared',
    'delete on consent is needed and not declared',
    'delete on resource is needed and not declared',
    'delete on label_member is needed and not declared',
    'delete on history is needed and not declared',
    'update history on server_run is needed and not declared',
    'delete on own_commit is needed and not declared',
    'insert on shard_here is needed and not declared',
    'update names on shard_here is needed and not declared',
  ];
  const sources = [new URL('../src/', import.meta.url)];
  const differing = await differingPrivileges(sources, 'fhir', privileges, written);
  // Nor may it set a rule or purge anything (src/retention.ts), or change a hold but for its lift.
  const ofRetention = / on (retention|purge_\w+|purged_version) is needed and not declared$/;
  assert.ok(differing.some((line) => ofRetention.test(line)));
  // Nor may it begin an export of the trail, or move its position (src/trail-export.ts).
  const ofExports = / on trail_export is needed and not declared$/;
  assert.equal(differing.filter((line) => ofExports.test(line)).length, 6);
  // Nor may it pack a version, which changes the row (src/packing), or decide who may read it then.
  const ofPacking =
    /^(update (content|packed|dictionary|size) on history|\w+( \w+)? on packed_upto|insert on dictionary|update additive on migration) is needed and not declared$/;
  assert.equal(differing.filter((line) => ofPacking.test(line)).length, 8);
  assert.deepEqual(
    differing.filter((line) => ![ofRetention, ofExports, ofPacking].some((these) => these.test(line))),
    ofOwner,
  );
});

it('the statements of searches write nothing', async () => {
  const compiler = new URL('../../search-index/src/', import.meta.url);
  assert.deepEqual(await differingPrivileges([compiler], 'fhir', { ...privileges, tables: {} }), []);
});
