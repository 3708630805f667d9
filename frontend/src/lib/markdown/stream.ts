/**
 * A growing Markdown text, drawn block by block.
 *
 * 1. Only the tail after the last settled block is lexed again.
 * 2. A block is settled when a later one has a complete line: its node is never touched again.
 * 3. Of the tail only what changed is drawn; an open code fence is appended to.
 * 4. At the end the whole is lexed once, and blocks that differ from a one-shot rendering
 *    (a late link definition, for one) are replaced: the result equals it.
 */
import { blockNode, codeText, finishBlock, type RenderOptions } from './dom';
import { hasDefinitions, isOpenFence, lex, normalise, settledBlocks, type Token } from './lex';

interface Block {
  readonly raw: string;
  readonly node: HTMLElement | null;
  readonly isOpenCode: boolean;
}

export class MarkdownStream {
  readonly #root: HTMLElement;
  readonly #options: RenderOptions;
  #settled: Block[] = [];
  #settledText = '';
  #tail: Block[] = [];
  #isFinished = false;
  /** Whether a link definition, or what looked like one before it went on, was used in drawing. */
  #hadDefinitions = false;

  constructor(root: HTMLElement, options: RenderOptions) {
    this.#root = root;
    this.#options = options;
  }

  /**
   * Draws `text`, the whole so far. A text that does not go on from the last one starts
   * anew, and so does one that was finished: its last block is open again.
   */
  update(text: string): void {
    const whole = normalise(text);
    if (this.#isFinished || !whole.startsWith(this.#settledText)) this.clear();
    const tokens = lex(whole.slice(this.#settledText.length));
    this.#hadDefinitions ||= hasDefinitions(tokens);
    this.#drawTail(tokens);
    this.#settle(settledBlocks(tokens));
  }

  /** Draws `text` as it will stay. */
  finish(text: string): void {
    const tokens = lex(normalise(text));
    const blocks = [...this.#settled, ...this.#tail];
    const mayKeep = !this.#hadDefinitions && !hasDefinitions(tokens);
    const finished = tokens.map((token, i) => {
      const drawn = blocks[i];
      return mayKeep && drawn?.raw === token.raw ? drawn : this.#draw(token);
    });
    const nodes = finished.flatMap(({ node }) => node ?? []);
    const isSame =
      nodes.length === this.#root.children.length && nodes.every((n, i) => n === this.#root.children[i]);
    // Nodes that are in place stay untouched, for a reader's selection's sake.
    if (!isSame) this.#root.replaceChildren(...nodes);
    for (const { node } of finished) finishBlock(node);
    this.#settled = finished;
    this.#settledText = normalise(text);
    this.#tail = [];
    this.#isFinished = true;
    this.#hadDefinitions = hasDefinitions(tokens);
  }

  #drawTail(tokens: readonly Token[]): void {
    const drawn = this.#tail;
    let same = 0;
    while (same < drawn.length && drawn[same]?.raw === tokens[same]?.raw) same += 1;
    const growing = drawn[same];
    const grown = tokens[same];
    if (growing !== undefined && grown !== undefined && same === drawn.length - 1) {
      const appended = this.#append(growing, grown);
      if (appended !== null) {
        drawn[same] = appended;
        same += 1;
      }
    }
    for (const { node } of drawn.slice(same)) node?.remove();
    this.#tail = drawn.slice(0, same);
    for (const token of tokens.slice(same)) {
      const block = this.#draw(token);
      if (block.node !== null) this.#root.append(block.node);
      this.#tail.push(block);
    }
  }

  /** Adds to an open code fence what it has more; null where that is not what happened. */
  #append(drawn: Block, token: Token): Block | null {
    if (!drawn.isOpenCode || token.type !== 'code') return null;
    const shown = codeText(drawn.node);
    const text: unknown = 'text' in token ? token.text : null;
    if (shown === null || typeof text !== 'string' || !text.startsWith(shown.data)) return null;
    // The fence's first line is complete once there is a text node, so the language stays.
    if (text.length > shown.data.length) shown.appendData(text.slice(shown.data.length));
    return { raw: token.raw, node: drawn.node, isOpenCode: isOpenFence(token) };
  }

  #settle(count: number): void {
    if (count === 0) return;
    const blocks = this.#tail.splice(0, count);
    for (const block of blocks) {
      finishBlock(block.node);
      this.#settledText += block.raw;
      this.#settled.push(block);
    }
  }

  #draw(token: Token): Block {
    return { raw: token.raw, node: blockNode(token, this.#options), isOpenCode: isOpenFence(token) };
  }

  /** Back to an empty element. */
  clear(): void {
    this.#root.replaceChildren();
    this.#settled = [];
    this.#settledText = '';
    this.#tail = [];
    this.#isFinished = false;
    this.#hadDefinitions = false;
  }
}

/** Draws a text that does not grow. */
export function renderMarkdown(root: HTMLElement, text: string, options: RenderOptions): void {
  new MarkdownStream(root, options).finish(text);
}
