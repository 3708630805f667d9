/** What a reply used, in words. Pure. */
import { t } from '../../lib/text';
import type { FailedModelShape, TurnShape, UsageShape } from '../../protocol/generated';
import { isActive } from '../../sync/model';

const COUNT = new Intl.NumberFormat('en');
const DOLLARS = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' });
/** A single reply mostly costs a fraction of a cent. */
const FRACTIONS = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
});

/** What the turns of one message used together. */
export function usageText(turns: readonly TurnShape[]): string {
  if (turns.every((turn) => turn.is_scripted && turn.failed_models.length === 0)) return t('usage_scripted');
  if (turns.some(isActive)) return t('usage_pending');
  return usageWords(turns.map((turn) => turn.usage).reduce(sum));
}

/** What was used, in words. */
export function usageWords(usage: UsageShape | null): string {
  if (usage === null || usage.input_tokens === null || usage.output_tokens === null)
    return t('usage_unknown');
  const tokens = t(usage.cached_tokens ? 'usage_tokens_cached' : 'usage_tokens', {
    input: COUNT.format(usage.input_tokens),
    cached: COUNT.format(usage.cached_tokens ?? 0),
    output: COUNT.format(usage.output_tokens),
  });
  if (usage.cost_usd === null) return t('usage_unpriced', { tokens });
  const cost = (usage.cost_usd < 1 ? FRACTIONS : DOLLARS).format(usage.cost_usd);
  return t('usage_cost', { tokens, cost });
}

/** Who was asked before the model that answered, and why it did not. */
export function failedModelText(failed: FailedModelShape): string {
  return t('fallback_why', { model: failed.model, reason: failed.message });
}

function sum(one: UsageShape | null, other: UsageShape | null): UsageShape | null {
  if (one === null || other === null) return null;
  return {
    input_tokens: add(one.input_tokens, other.input_tokens),
    output_tokens: add(one.output_tokens, other.output_tokens),
    // Some providers never tell; then it is no less true what the others said.
    cached_tokens: (one.cached_tokens ?? 0) + (other.cached_tokens ?? 0),
    cost_usd: add(one.cost_usd, other.cost_usd),
  };
}

/** A sum with an unknown part is unknown. */
function add(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
