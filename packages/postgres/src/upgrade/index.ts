/** @dhp/postgres/upgrade: the embedded cluster of an older major version, copied into one of this program's. */
export { UpgradeError } from './failure.ts';
export { findPrograms } from './programs.ts';
export { giveUpUpgrade, upgradeCluster, versionsOf, type Upgraded, type UpgradeStep } from './upgrade.ts';
