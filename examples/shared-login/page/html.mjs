const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** HTML text. */
class Html {
  constructor(text) {
    this.text = text
  }

  toString() {
    return this.text
  }
}

/** Marks a text as HTML that needs no escaping, such as a file of the app. Never use it for text from a request. */
export function trusted(text) {
  return new Html(text)
}

/**
 * Tags an HTML template. Escapes each value, unless it is the result of such a template itself. Joins lists, and omits
 * null, undefined and false. Put the values of attributes in double quotes.
 *
 * @example html`<p title="${title}">Hello, ${name}</p>`
 */
export function html(strings, ...values) {
  return new Html(strings.reduce((text, string, index) => text + textOf(values[index - 1]) + string))
}

function textOf(value) {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(textOf).join('')
  if (value === null || value === undefined || value === false) return ''
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character])
}
