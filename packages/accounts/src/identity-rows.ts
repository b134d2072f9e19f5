/** @dhp/accounts/identity-rows: rows that link records to accounts, one function a statement. */
export { countUnconfirmedAccounts, setRecord } from './store/identity-proof.ts';
export {
  type CaseRow,
  countOpenCases,
  decideCase,
  deleteSource,
  insertConfirmation,
  insertSource,
  selectNameInCase,
  selectOpenCase,
  selectOpenCases,
  selectSources,
  type SourceName,
  type SourceRow,
  takeOpenCase,
} from './store/identity-sources.ts';
export { deleteExpiredUpstreamStates, selectAccountsOfRecords, selectLinks } from './store/upstreams.ts';
