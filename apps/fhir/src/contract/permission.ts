/** What a SMART scope lets its bearer do with a type: create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';
