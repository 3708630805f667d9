/** Gives the reader `text` as a file. */
export function saveText(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown;charset=utf-8' }));
  link.download = name;
  link.click();
  // Not at once: some browsers read it in the next task.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
