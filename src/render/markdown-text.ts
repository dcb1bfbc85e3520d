/** A text for Markdown: no markup, link, mention or table cell can come out of it. */
export const markdownText = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|#~!]/g, '\\$&')
    .replaceAll('@', '&#64;')
    .replaceAll('\n', ' ')
