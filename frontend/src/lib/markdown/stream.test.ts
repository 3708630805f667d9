import { beforeEach, describe, expect, it, vi } from 'vitest';
import { randomOf } from '../random.testing';
import { safeUrl } from './urls';
import { mentionPattern } from './mentions';
import { MarkdownStream, renderMarkdown } from './stream';

// Colours come later and by themselves; these tests are about the structure.
vi.mock('./highlight', () => ({ highlightLater: () => undefined }));

const OPTIONS = { mentions: null };

const PIECES = [
  'Plain words with *emphasis*, **strong** and `code`.\n\n',
  'A line\nand its follower\n',
  '# Heading\n\n',
  'Setext\n======\n\n',
  '- one\n- two\n  - nested\n\n  loose\n- three\n\n',
  '1. first\n2. second\n\n',
  '- [ ] open\n- [x] done\n\n',
  '```python\nprint("hi")\n\nfor x in y:\n    pass\n```\n\n',
  '~~~\nno language\n',
  '    indented code\n\n',
  '> quoted\n> more\n\n> again\n\n',
  '| a | b |\n| --- | :-: |\n| 1 | 2 |\n\n',
  '***\n',
  'A [link](https://example.org/x?y=1) and <https://example.org> and https://example.net/.\n\n',
  'A [reference][r] and ![picture](https://example.org/p.png).\n\n',
  '[r]: https://example.org/ref\n\n',
  'Entities &amp; &lt;b&gt; &#65; &bogus;\n',
  '<b>raw</b> and <div>\nblock</div>\n\n',
  'Windows\r\nline ends\r\n\r\n',
  '😀 émoji 中文 @Ada\n\n',
  '**unclosed and `open ',
  '\n',
];

function html(draw: (root: HTMLElement) => void): string {
  const root = document.createElement('div');
  draw(root);
  return root.innerHTML;
}

describe('a streamed text', () => {
  it('ends as a one-shot rendering does, however it is cut', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomOf(seed);
      const count = 1 + Math.floor(random() * 7);
      let text = '';
      for (let i = 0; i < count; i++) text += PIECES[Math.floor(random() * PIECES.length)] ?? '';
      const streamed = html((root) => {
        const stream = new MarkdownStream(root, OPTIONS);
        let end = 0;
        while (end < text.length) {
          end = Math.min(text.length, end + 1 + Math.floor(random() * 20));
          stream.update(text.slice(0, end));
        }
        stream.finish(text);
      });
      expect(streamed, `seed ${seed}`).toBe(html((root) => renderMarkdown(root, text, OPTIONS)));
    }
  });

  it('leaves settled blocks alone', () => {
    const root = document.createElement('div');
    const stream = new MarkdownStream(root, OPTIONS);
    stream.update('First.\n\nSecond line\n');
    const first = root.firstElementChild;
    stream.update('First.\n\nSecond line\nand more\n\nThird');
    stream.finish('First.\n\nSecond line\nand more\n\nThird');
    expect(root.firstElementChild).toBe(first);
    expect(root.children).toHaveLength(3);
  });

  it('appends to an open code fence', () => {
    const root = document.createElement('div');
    const stream = new MarkdownStream(root, OPTIONS);
    stream.update('```js\nlet a');
    const text = root.querySelector('code')?.firstChild;
    stream.update('```js\nlet a = 1;\nlet b');
    stream.update('```js\nlet a = 1;\nlet b;\n```\nafter');
    expect(root.querySelector('code')?.firstChild).toBe(text);
    expect(text?.textContent).toBe('let a = 1;\nlet b;');
  });

  it('goes on in the last block of a text that was finished', () => {
    for (const [before, after] of [
      ['One *two', ' three* four'],
      ['- one\n- tw', 'o\n- three'],
      ['```py\nprint', '(1)\n```'],
    ] as const) {
      const going = html((root) => {
        const stream = new MarkdownStream(root, OPTIONS);
        stream.finish(before);
        stream.update(before);
        stream.update(before + after);
        stream.finish(before + after);
      });
      expect(going).toBe(html((root) => renderMarkdown(root, before + after, OPTIONS)));
    }
  });

  it('starts anew when another writer took over', () => {
    const root = document.createElement('div');
    const stream = new MarkdownStream(root, OPTIONS);
    stream.update('One.\n\nTwo.\n\nThree');
    stream.update('Other');
    expect(root.textContent).toBe('Other');
  });
});

describe('hostile text', () => {
  let root: HTMLElement;
  beforeEach(() => (root = document.createElement('div')));

  const ALLOWED_TAGS = new Set(
    'P A SPAN STRONG EM DEL CODE BR HR H3 H4 H5 H6 UL OL LI INPUT BLOCKQUOTE DIV PRE BUTTON TABLE THEAD TBODY TR TH TD'.split(
      ' ',
    ),
  );
  const HOSTILE = [
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](javascript&#58;alert(1))',
    '[x]( java\tscript:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:msgbox(1))',
    '[x](//evil.example/x)',
    '[x](file:///etc/passwd)',
    '[x](blob:https://example.org/1)',
    '<javascript:alert(1)>',
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'text <svg/onload=alert(1)> text',
    '<a href="javascript:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '![x](https://tracker.example/pixel.png)',
    '![x](javascript:alert(1))',
    '![x" onerror="alert(1)](https://example.org/a.png)',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '```"><img src=x onerror=alert(1)>\ncode\n```',
    '```js onload=alert(1)\ncode\n```',
    '[r]\n\n[r]: javascript:alert(1) "t"',
    '<style>*{display:none}</style>',
    '- <form action=https://evil.example><input></form>',
    '| <b onclick=x> |\n| --- |\n| <meta http-equiv=refresh> |',
  ];

  it.each(HOSTILE)('%s opens nothing', (text) => {
    const stream = new MarkdownStream(root, OPTIONS);
    for (let end = 1; end <= text.length; end++) stream.update(text.slice(0, end));
    stream.finish(text);
    for (const node of root.querySelectorAll('*')) {
      expect(ALLOWED_TAGS).toContain(node.tagName);
      for (const { name, value } of node.attributes) {
        expect(name).toMatch(
          /^(href|target|rel|class|type|disabled|checked|start|tabindex|aria-label|data-language)$/,
        );
        if (name === 'href') expect(value).toMatch(/^(https?:\/\/|mailto:)/);
        if (name === 'data-language') expect(value).toMatch(/^[\w+#.-]+$/);
      }
    }
  });

  it('is shown as it was written', () => {
    renderMarkdown(root, '<b>bold</b> &amp; <script>x</script>', OPTIONS);
    expect(root.textContent).toBe('<b>bold</b> & <script>x</script>');
  });

  it('survives deep nesting', () => {
    renderMarkdown(root, '>'.repeat(200) + ' deep', OPTIONS);
    expect(root.textContent).toContain('deep');
  });

  it('links only to absolute http, https and mailto addresses', () => {
    expect(safeUrl('https://example.org/a')).toBe('https://example.org/a');
    expect(safeUrl('mailto:a@example.org')).toBe('mailto:a@example.org');
    for (const bad of ['/relative', '#hash', 'javascript:1', 'ftp://x', ' data:x', ''])
      expect(safeUrl(bad)).toBeNull();
  });
});

describe('mentions', () => {
  it('are marked, the longest name first, and never inside code or an address', () => {
    const root = document.createElement('div');
    renderMarkdown(root, 'Hi @ada and @Ada Lovelace, a@ada.example, `@Ada`, @Adam, @all', {
      mentions: mentionPattern(['Ada', 'Ada Lovelace']),
    });
    const marked = [...root.querySelectorAll('.mention')].map((node) => node.textContent);
    expect(marked).toEqual(['@ada', '@Ada Lovelace', '@all']);
  });
});
