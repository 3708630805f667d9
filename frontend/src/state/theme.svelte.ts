import { local } from '../lib/storage';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

function stored(): Theme {
  const name = local.read('theme');
  return THEMES.find((theme) => theme === name) ?? 'system';
}

class ThemeStore {
  current = $state<Theme>(stored());

  constructor() {
    this.#apply();
  }

  next(): void {
    this.current = THEMES[(THEMES.indexOf(this.current) + 1) % THEMES.length] ?? 'system';
    local.write('theme', this.current === 'system' ? null : this.current);
    this.#apply();
  }

  #apply(): void {
    if (this.current === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.current;
  }
}

export const theme = new ThemeStore();
