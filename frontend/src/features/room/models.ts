/** What is told of a model in words. Pure. */
import { t } from '../../lib/text.later';
import type { ModelShape } from '../../protocol/generated';

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const DOLLARS = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 4,
});

/** Per million tokens. Unknown is not free, and half a price is none to compare by. */
export function priceText(model: Pick<ModelShape, 'input_price' | 'output_price'>): string {
  const { input_price: input, output_price: output } = model;
  if (input === null || output === null) return t('model_unpriced');
  if (input === 0 && output === 0) return t('model_free');
  return t('model_price', { input: DOLLARS.format(input), output: DOLLARS.format(output) });
}

/** The window, the price and what it can do; nothing of what is not known. */
export function modelFacts(model: ModelShape): readonly string[] {
  if (model.is_scripted) return [t('scripted')];
  const facts: string[] = [];
  if (model.context_tokens !== null)
    facts.push(t('model_window', { tokens: COMPACT.format(model.context_tokens) }));
  facts.push(priceText(model));
  if (model.has_tools === true) facts.push(t('has_tools'));
  if (model.has_vision === true) facts.push(t('has_vision'));
  if (model.has_thinking === true) facts.push(t('has_thinking'));
  return facts;
}
