/** The languages of the platform; Uzbek (Latin script) is the authoritative one. */
export type Language = 'uz' | 'ru' | 'en';
