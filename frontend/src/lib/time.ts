const TIME = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY_MS = 24 * HOUR;

export function clockTime(iso: string): string {
  return TIME.format(new Date(iso));
}

export function fullTime(iso: string): string {
  return FULL.format(new Date(iso));
}

export function isSameDay(one: string, other: string): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** "today", "yesterday", or the date. */
export function dayName(iso: string, now: Date): string {
  const moment = new Date(iso);
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(moment) - midnight(now)) / DAY_MS);
  if (days === 0 || days === -1) return RELATIVE.format(days, 'day');
  return moment.getFullYear() === now.getFullYear() ? DAY.format(moment) : DAY_OF_YEAR.format(moment);
}

/** "12 s", "2 min 5 s". */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const parts = [minutes > 0 ? `${minutes} min` : '', rest > 0 || minutes === 0 ? `${rest} s` : ''];
  return parts.filter((part) => part !== '').join(' ');
}

/** Whole seconds; none where this clock is behind the server's. */
export function secondsSince(iso: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - new Date(iso).getTime()) / 1_000));
}

/** "5 minutes ago", coarsely. */
export function ago(iso: string, now: Date): string {
  const passed = new Date(iso).getTime() - now.getTime();
  const size = Math.abs(passed);
  if (size < MINUTE) return RELATIVE.format(0, 'minute');
  if (size < HOUR) return RELATIVE.format(Math.round(passed / MINUTE), 'minute');
  if (size < DAY_MS) return RELATIVE.format(Math.round(passed / HOUR), 'hour');
  if (size < 30 * DAY_MS) return RELATIVE.format(Math.round(passed / DAY_MS), 'day');
  return DAY_OF_YEAR.format(new Date(iso));
}
