/** Where the focus goes when what had it is taken away. */

/** As long as an answer may take to remove it. */
const WATCH_MS = 10_000;

/**
 * Focuses `element`. Where it goes soon (its row is removed by what was just done with it), the
 * focus moves to the nearest of what it was in, and not to the beginning of the page.
 */
export function keepFocusNear(element: Element | null): void {
  if (!(element instanceof HTMLElement)) return;
  const around: HTMLElement[] = [];
  // Up to the page, which says nothing of where one was.
  for (
    let next = element.parentElement;
    next !== null && next.parentElement !== document.body;
    next = next.parentElement
  )
    around.push(next);
  element.focus();
  const look = (): void => {
    if (element.isConnected) return;
    stop();
    const nearest = around.find((candidate) => candidate.isConnected);
    if (nearest === undefined || document.activeElement !== document.body) return;
    if (nearest.tabIndex < 0) nearest.tabIndex = -1;
    nearest.focus();
  };
  const watcher = new MutationObserver(look);
  const timer = setTimeout(stop, WATCH_MS);
  function stop(): void {
    watcher.disconnect();
    clearTimeout(timer);
  }
  watcher.observe(document.body, { childList: true, subtree: true });
  look();
}
