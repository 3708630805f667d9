/** A component whose code comes when it is needed. */
import { onMount, type Component } from 'svelte';
import { fetched } from '../lib/modules';

/** `import()` of a component. */
export type Load<P extends object> = () => Promise<{ default: Component<P> }>;

/** What is there sooner is not announced: it would only flicker. */
const PATIENCE_MS = 200;

/** Made while a component is, and fetched once that is on the page. */
export class Code<P extends object> {
  content = $state.raw<Component<P> | null>(null);
  phase = $state<'quiet' | 'waiting' | 'failed'>('quiet');
  readonly #load: Load<P>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(load: Load<P>) {
    this.#load = load;
    onMount(() => {
      void this.fetch();
      return () => clearTimeout(this.#timer);
    });
  }

  readonly fetch = async (): Promise<void> => {
    clearTimeout(this.#timer);
    if (this.phase === 'failed') this.phase = 'waiting';
    else this.#timer = setTimeout(() => (this.phase = 'waiting'), PATIENCE_MS);
    try {
      this.content = (await fetched(this.#load)).default;
    } catch {
      this.phase = 'failed';
    } finally {
      clearTimeout(this.#timer);
    }
  };
}
