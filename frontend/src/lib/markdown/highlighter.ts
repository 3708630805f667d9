/** highlight.js with a few languages, writing DOM nodes instead of HTML. */
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const LANGUAGES = {
  bash,
  c,
  css,
  diff,
  go,
  java,
  javascript,
  json,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
};

/** Collects what highlight.js finds, as nodes. */
class NodeEmitter {
  readonly root = document.createDocumentFragment();
  #open: (DocumentFragment | HTMLElement)[] = [this.root];

  get #top(): DocumentFragment | HTMLElement {
    return this.#open.at(-1) ?? this.root;
  }

  addText(text: string): void {
    if (text !== '') this.#top.append(text);
  }

  startScope(scope: string): void {
    const node = document.createElement('span');
    // "title.function" → "hl-title": a handful of colours is enough.
    node.className = `hl-${scope.split('.')[0]?.replace(/\W/g, '') ?? ''}`;
    this.#top.append(node);
    this.#open.push(node);
  }

  endScope(): void {
    if (this.#open.length > 1) this.#open.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(other: NodeEmitter): void {
    this.#top.append(other.root);
  }

  finalize(): void {
    this.#open = [this.root];
  }

  toHTML(): string {
    return '';
  }
}

for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
hljs.configure({ __emitter: NodeEmitter });

/** `code` with its parts in spans; null where the language is not known. */
export function highlight(code: string, language: string): DocumentFragment | null {
  if (hljs.getLanguage(language) === undefined) return null;
  const { _emitter: emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  return emitter instanceof NodeEmitter ? emitter.root : null;
}
