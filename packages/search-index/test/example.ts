import { conditionOf, columnLists, searchRow, searchRowValues } from '@dhp/search-index';
import { keyOf, seedOf } from '@dhp/search-index/keys';
import { indexRow } from '@dhp/search-index/rows';

const options = { timeZone: 'UTC', now: new Date(), ownBases: [], lenient: false };
const patient = { resourceType: 'Patient', id: 'p1', birthDate: '1990-05-01', active: true };
const { dateLows, dateHighs } = searchRowValues(indexRow(patient, options), 'Patient', 'p1', 0);
console.log(dateLows, dateHighs); // {1990-05-01T00:00:00.000Z} {1990-05-02T00:00:00.000Z}

const asked = conditionOf('Patient', [['active', 'true']], options);
console.log(asked.op === 'keys' && asked.any[0] === keyOf(seedOf('Patient', 'active'), 'true')); // true

const { dateKeys, numberKeys, numberLows } = searchRow;
console.log(columnLists({ dateKeys, numberKeys, numberLows }).assigned('c')); // dk = c.dk, nk = c.nk, nlo = c.nlo
