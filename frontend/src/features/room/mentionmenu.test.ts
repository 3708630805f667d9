import { describe, expect, it } from 'vitest';
import { participant } from '../../sync/shapes.testing';
import { mentionOptions } from './mentionmenu';

describe('what the mention menu says beside a name', () => {
  const hint = (change: Parameters<typeof participant>[1]) =>
    mentionOptions('', [participant('ada', change)], 'me')[0]?.hint;

  it('is the title and the model, as far as there are any', () => {
    expect(hint({ kind: 'persona', title: 'Engineer', model: 'openai/gpt-5' })).toBe('Engineer · gpt-5');
    expect(hint({ kind: 'persona', model: 'openai/gpt-5' })).toBe('gpt-5');
    expect(hint({ title: 'Backend' })).toBe('Backend');
    expect(hint({})).toBe('');
  });

  it('says of a demo that it is one, and not what it runs on', () => {
    expect(hint({ kind: 'persona', title: 'Sceptic', model: 'demo/bo', is_scripted: true })).toBe(
      'Sceptic · scripted demo',
    );
  });
});
