import type { Condition } from '@dhp/search-index';
import type { Permission } from './permission.ts';

/** True for all resources of a type, false for none, or those that meet a condition. */
export type Rule = Condition | boolean;

/** The rules of a token by permission and type. */
export type Rules = (permission: Permission, type: string) => Rule;
