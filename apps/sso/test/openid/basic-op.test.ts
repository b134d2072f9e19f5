/** oidcc-basic-certification-test-plan: response_type code, client_secret_basic, the default response mode. */
import { describe } from 'node:test';
import { basicModules } from './basic-modules.ts';
import { openPlan, runModules } from './plan.ts';

const plan = await openPlan();

describe('the Basic OP plan', () => runModules(plan, basicModules));
