/** Usage and limits, in words and numbers. Pure. */
import { t } from '../../lib/text.later';
import type { RoomLimits, UsageTotal } from '../../protocol/generated';

export const SPANS = ['today', 'week', 'all'] as const;
export type Span = (typeof SPANS)[number];
export const GROUPS = ['persona', 'model', 'person'] as const;
export const LIMITS = [
  'chain_usd',
  'day_usd',
  'person_day_usd',
  'chain_turns',
  'chain_depth',
  'chain_tokens',
] as const;
type Limit = (typeof LIMITS)[number];

const COUNT = new Intl.NumberFormat('en');
const DAY_MS = 86_400_000;

export function dollars(amount: number): string {
  const places = amount > 0 && amount < 1 ? 4 : 2;
  return `$${amount.toFixed(places)}`;
}

/** The first day of the span, of UTC as the server counts; blank: from the beginning. */
export function since(span: Span, now: Date): string {
  if (span === 'all') return '';
  const back = span === 'week' ? 6 * DAY_MS : 0;
  return new Date(now.getTime() - back).toISOString().slice(0, 10);
}

export function costOf(total: UsageTotal): string {
  const cost = dollars(total.cost_usd);
  const count = total.unpriced_calls;
  if (count === 0) return cost;
  const calls = count === 1 ? t('usage_unpriced_calls_one') : t('usage_unpriced_calls_other', { count });
  // What has no price is not free.
  return count === total.calls ? calls : t('usage_with_unpriced', { cost, calls });
}

export function tokensOf(total: UsageTotal): string {
  return t(total.cached_tokens === 0 ? 'usage_tokens' : 'usage_tokens_cached', {
    input: COUNT.format(total.input_tokens),
    cached: COUNT.format(total.cached_tokens),
    output: COUNT.format(total.output_tokens),
  });
}

/** What was changed; blank is null, and what is no number is refused by the server. */
export function limitsGiven(
  drafts: Readonly<Record<string, string>>,
  before: RoomLimits,
): Partial<Record<Limit, number | null>> {
  const given: Partial<Record<Limit, number | null>> = {};
  for (const name of LIMITS) {
    const text = (drafts[name] ?? '').trim();
    const value = text === '' ? null : Number(text);
    if (value !== null && !Number.isFinite(value)) throw new Error(t('limit_no_number', { text }));
    if (value !== before[name]) given[name] = value;
  }
  return given;
}
