import { reject } from './setting.ts';

const units = { m: 60, h: 3600 } as const;
const shape = /^\s*([a-z][a-z0-9-]{0,63})=(\d{1,4})([mh])\/(\d{1,4})([mh])\s*$/;

/** `GROUP=IDLE/LONGEST`, apart by commas, such as `administrators=1h/12h,family-doctor=30m/10h`: in seconds by group. */
export function sessionLimits(text: string): ReadonlyMap<string, { idle: number; absolute: number }> {
  if (text.trim() === 'none') return new Map();
  return new Map(
    text.split(',').map((part): [string, { idle: number; absolute: number }] => {
      const [, group = '', idle, idleUnit, longest, longestUnit] = shape.exec(part) ?? [];
      const seconds = (number: string | undefined, unit: string | undefined): number =>
        Number(number) * units[unit as keyof typeof units];
      const limits = { idle: seconds(idle, idleUnit), absolute: seconds(longest, longestUnit) };
      const isInOrder = limits.idle >= 300 && limits.idle <= limits.absolute && limits.absolute <= 720 * 3600;
      if (group !== '' && isInOrder) return [group, limits];
      return reject(
        `has "${part.trim()}": write a group or role, how long without use, and how long at the most (5m to 720h), as in administrators=1h/12h`,
      );
    }),
  );
}
