/**
 * @dhp/administration/server: the API of the administration and the pages of operators. Commands do not load it.
 */
export { indexNames } from './acts/name-search.ts';
export { addAdministration } from './api/admin.ts';
export { addOperatorPages } from './operate/operate.ts';
export { operatorStyle } from './pages/operator-style.ts';
