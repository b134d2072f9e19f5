/** oidcc-config-certification-test-plan: the content of the discovery document. */
import { describe } from 'node:test';
import { discoveryIsVerified } from './discovery.ts';
import { openPlan, runModules } from './plan.ts';

const plan = await openPlan();

describe('the Config OP plan', () =>
  runModules(plan, { 'oidcc-discovery-endpoint-verification': discoveryIsVerified }));
