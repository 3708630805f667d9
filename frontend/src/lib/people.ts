/** How a participant is drawn before anything is known of a picture. */
const HUES = 12;

export function hueOf(color: number): number {
  return ((Math.trunc(color) % HUES) + HUES) % HUES;
}

/** Up to two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) =>
    firstLetter(word ?? ''),
  );
  return letters.join('').toUpperCase();
}

function firstLetter(word: string): string {
  const code = word.codePointAt(0);
  return code === undefined ? '' : String.fromCodePoint(code);
}

/** A model's name without its provider, for tight places. */
export function shortModel(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}
