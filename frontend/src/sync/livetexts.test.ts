import { describe, expect, it } from 'vitest';
import { randomOf, shuffled } from '../lib/random.testing';
import { LiveTexts } from './livetexts';
import { message } from './shapes.testing';

const streaming = (text: string, index: number, fence = 1) =>
  message(1, { state: 'streaming', text, index, fence });
const delta = (index: number, text: string, fence = 1) => ({ message_id: 'm1', fence, index, text });

describe('live texts', () => {
  it('append what is next and ignore what was had', () => {
    const texts = new LiveTexts();
    texts.open(streaming('a', 0));
    expect(texts.apply(delta(1, 'b'))).toBe('ok');
    expect(texts.apply(delta(1, 'b'))).toBe('ok');
    expect(texts.apply(delta(0, 'a'))).toBe('ok');
    expect(texts.get('m1')?.text).toBe('ab');
  });

  it('tell of a gap and of another writer, and go on from the whole text', () => {
    const texts = new LiveTexts();
    texts.open(streaming('a', 0));
    expect(texts.apply(delta(2, 'c'))).toBe('gap');
    expect(texts.apply(delta(0, 'x', 2))).toBe('gap');
    texts.open(streaming('abc', 2));
    expect(texts.apply(delta(3, 'd'))).toBe('ok');
    expect(texts.get('m1')?.text).toBe('abcd');
    expect(texts.apply(delta(9, 'late', 0))).toBe('ok');
  });

  it('keep deltas that overtook their message', () => {
    const texts = new LiveTexts();
    texts.apply(delta(1, 'b'));
    texts.apply(delta(2, 'c'));
    expect(texts.open(streaming('a', 0))).toBe('ok');
    expect(texts.get('m1')?.text).toBe('abc');
  });

  it('an older snapshot of a message takes nothing back', () => {
    const texts = new LiveTexts();
    texts.open(streaming('abc', 2));
    texts.open(streaming('a', 0));
    expect(texts.get('m1')?.text).toBe('abc');
  });

  it('tell those who listen, and no longer once they stopped', () => {
    const texts = new LiveTexts();
    let calls = 0;
    const stop = texts.subscribe('m1', () => (calls += 1));
    texts.open(streaming('a', 0));
    texts.apply(delta(1, 'b'));
    stop();
    texts.apply(delta(2, 'c'));
    expect(calls).toBe(2);
  });

  it('end whole with losses, repeats and disorder, when a gap is answered with the whole', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomOf(seed);
      const pieces = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i));
      const whole = pieces.join('');
      const texts = new LiveTexts();
      texts.open(streaming('a', 0));
      const deltas = pieces.map((text, index) => delta(index, text));
      const arriving = shuffled([...deltas, ...deltas.filter(() => random() < 0.3)], random).filter(
        () => random() > 0.1,
      );
      for (const next of [...arriving, delta(20, '!')]) {
        if (texts.apply(next) === 'gap')
          texts.open(streaming(whole.slice(0, next.index + 1), Math.min(next.index, 19)));
      }
      const { text = '', index = 0 } = texts.get('m1') ?? {};
      expect(`${whole}!`.slice(0, index + 1), `seed ${seed}`).toBe(text);
    }
  });
});
