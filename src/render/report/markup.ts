const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text inside XML or HTML, also between quotes. Line ends in attributes stay line ends. */
export const xml = (text: string): string =>
  text.replace(/[&<>"']/g, character => entities[character] ?? character).replaceAll('\n', '&#10;')
