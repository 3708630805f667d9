/**
 * One rhythm for all streams on screen: however many deltas come, each view paints at
 * most once in `FLUSH_MS`, all of them in the same frame. In a hidden tab frames stop, and
 * texts only gather.
 */
export const FLUSH_MS = 80;

type Job = () => void;

export class FlushScheduler {
  readonly #dirty = new Set<Job>();
  #isScheduled = false;
  #flushedAt = -FLUSH_MS;

  /** Runs `job` with the next flush; asking twice before it runs it once. */
  request(job: Job): void {
    this.#dirty.add(job);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const wait = this.#flushedAt + FLUSH_MS - performance.now();
    const inFrame = () => requestAnimationFrame(() => this.#flush());
    if (wait <= 0) inFrame();
    else setTimeout(inFrame, wait);
  }

  cancel(job: Job): void {
    this.#dirty.delete(job);
  }

  #flush(): void {
    this.#isScheduled = false;
    this.#flushedAt = performance.now();
    const jobs = [...this.#dirty];
    this.#dirty.clear();
    for (const job of jobs) job();
  }
}

export const flushes = new FlushScheduler();
