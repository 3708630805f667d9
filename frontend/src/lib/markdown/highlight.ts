/** Colours for code, loaded when the first finished code block with a language appears. */

import { fetched } from '../modules';

/** Longer code stays plain: colouring it would hold up the page for longer than a frame. */
const CHARACTERS_MOST = 20_000;

type Highlighter = typeof import('./highlighter');

let loading: Promise<Highlighter> | null = null;

export function highlightLater(code: HTMLElement, language: string): void {
  const text = code.textContent;
  if (text === '' || text.length > CHARACTERS_MOST) return;
  loading ??= fetched(() => import('./highlighter'));
  loading.then(
    ({ highlight }) => {
      // It may have grown or gone meanwhile.
      if (code.textContent !== text) return;
      const coloured = highlight(text, language);
      if (coloured !== null) code.replaceChildren(coloured);
    },
    () => {
      // Without colours code reads as well; the next block tries again.
      loading = null;
    },
  );
}
