/** What a reply used, in words. Pure. */
import { t } from '../../lib/text';
import type { TurnShape } from '../../protocol/generated';
import { isActive } from '../../sync/model';

const COUNT = new Intl.NumberFormat('en');
const DOLLARS = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' });
/** A single reply mostly costs a fraction of a cent. */
const FRACTIONS = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
});

export function usageText(turn: TurnShape): string {
  if (turn.is_scripted) return t('usage_scripted');
  const { usage } = turn;
  if (usage === null && isActive(turn)) return t('usage_pending');
  if (usage === null || usage.input_tokens === null || usage.output_tokens === null)
    return t('usage_unknown');
  const tokens = t('usage_tokens', {
    input: COUNT.format(usage.input_tokens),
    output: COUNT.format(usage.output_tokens),
  });
  if (usage.cost_usd === null) return t('usage_unpriced', { tokens });
  const cost = (usage.cost_usd < 1 ? FRACTIONS : DOLLARS).format(usage.cost_usd);
  return t('usage_cost', { tokens, cost });
}
