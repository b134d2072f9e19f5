/** The people in documents and examples. A separate door, so that naming them does not load the generator. */
export const demoPatientId = '11111111-1111-8111-8111-111111111111';
/** The first family doctor of the first polyclinic of Tashkent. */
export const demoPractitionerId = '22222222-2222-8222-8222-222222222222';
