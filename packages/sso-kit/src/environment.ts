/** The two environments of the platform: one to develop against, and the one with the records of people. */
export type EnvironmentName = 'playground' | 'production';
