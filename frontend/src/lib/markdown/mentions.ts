/** The words that wake every persona, as `rooms/mentions.py` knows them. */
export const EVERYONE = ['all', 'everyone'] as const;

/** Letters of scripts that do not space their words, as `rooms/mentions.py` has them. */
const UNSPACED = '\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af';
const ENDS_ANYWHERE = new RegExp(`[${UNSPACED}]$|[^\\p{L}\\p{N}]$`, 'u');
const WORD_END = '(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}_])';

/**
 * A pattern that finds "@Name" of these names and aliases, the longest first, as the server does;
 * for showing only: who is woken is the server's decision. mentions.cases.json holds the two together.
 */
export function mentionPattern(names: readonly string[]): RegExp {
  const words = [...new Set([...names, ...EVERYONE])]
    .filter((name) => name !== '')
    .sort((a, b) => b.length - a.length)
    .map(word);
  return new RegExp(`(?:(?<![\\p{L}\\p{N}_\\\\%+])|(?<=[${UNSPACED}]))@(?:${words.join('|')})`, 'giu');
}

function word(name: string): string {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '[ \\t]+');
  return ENDS_ANYWHERE.test(name) ? escaped : escaped + WORD_END;
}
