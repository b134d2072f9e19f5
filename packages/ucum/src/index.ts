/** Units of UCUM (https://ucum.org): their names, and amounts of one in another. */
export { conversion, convertUnit, type Conversion } from './conversion.ts';
export { dimensionsOf, unitOf, type Unit } from './unit.ts';
