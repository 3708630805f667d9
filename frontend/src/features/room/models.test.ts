import { describe, expect, it } from 'vitest';
import type { ModelShape } from '../../protocol/generated';
import { modelFacts, priceText } from './models';

const OWL: ModelShape = {
  name: 'lab/owl',
  label: 'owl',
  provider: 'lab',
  context_tokens: null,
  output_tokens: null,
  input_price: null,
  output_price: null,
  has_tools: null,
  has_vision: null,
  has_thinking: null,
  is_scripted: false,
};

describe('what is told of a model', () => {
  it('is nothing of what is not known', () => {
    expect(modelFacts(OWL)).toEqual(['no price known']);
    expect(modelFacts({ ...OWL, has_tools: false, has_vision: false })).toEqual(['no price known']);
  });

  it('is its window, its price and its abilities', () => {
    const known = { ...OWL, context_tokens: 1_050_000, input_price: 0.75, output_price: 4.5 };
    expect(modelFacts({ ...known, has_tools: true, has_vision: true, has_thinking: true })).toEqual([
      '1.1M tokens',
      '$0.75 in, $4.50 out',
      'tools',
      'sees images',
      'thinks first',
    ]);
  });

  it('tells an unknown price from a free one', () => {
    expect(priceText({ input_price: 0, output_price: 0 })).toBe('free');
    expect(priceText({ input_price: 0, output_price: 2 })).toBe('$0.00 in, $2.00 out');
    expect(priceText({ input_price: 0.0004, output_price: 2 })).toBe('$0.0004 in, $2.00 out');
    expect(priceText({ input_price: null, output_price: 0 })).toBe('no price known');
  });

  it('says of the demo what it is', () => {
    expect(modelFacts({ ...OWL, is_scripted: true })).toEqual(['scripted demo, not an AI model']);
  });
});
