/** The words that wake every persona, as `rooms/mentions.py` knows them. */
export const EVERYONE = ['all', 'everyone'] as const;

/**
 * A pattern that finds "@Name" of these names, the longest first, as the server does; for
 * showing only: who is woken is the server's decision.
 */
export function mentionPattern(names: readonly string[]): RegExp {
  const words = [...new Set([...names, ...EVERYONE])]
    .filter((name) => name !== '')
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '[ \\t]+'));
  return new RegExp(
    `(?<![\\p{L}\\p{N}_\\\\%+])@(?:${words.join('|')})(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}_])`,
    'giu',
  );
}
