/** Upgrades a cluster, and ends itself by SIGKILL where its caller says. */
import { upgradeCluster } from '../src/upgrade/index.ts';

const { directory, migrations, programs, settings, killAt, after } = JSON.parse(process.argv[2]!) as {
  directory: string;
  migrations: string;
  programs: string;
  settings: Record<string, string>;
  /** The step, and how many times it was reported. */
  killAt: string;
  after: number;
};
let told = 0;
await upgradeCluster({
  ...{ directory, programs, settings },
  databases: [{ name: 'dhp_playground', directory: new URL(migrations), schema: 'kept' }],
  onStep: (step) => {
    if (step !== killAt) return;
    told += 1;
    if (told === after) process.kill(process.pid, 'SIGKILL');
  },
});
