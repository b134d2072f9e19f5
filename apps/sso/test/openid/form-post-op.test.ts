/** oidcc-formpost-basic-certification-test-plan: the modules of the Basic OP plan with response_mode form_post. */
import { describe } from 'node:test';
import { basicModules } from './basic-modules.ts';
import { openPlan, runModules } from './plan.ts';

const plan = await openPlan('form_post');

describe('the Form Post OP plan', () => runModules(plan, basicModules));
