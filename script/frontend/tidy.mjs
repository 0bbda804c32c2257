// Reads compiled CSS on standard input, writes what our pages need of it on standard output:
//  - left and right become start and end, so that Arabic and Hebrew pages mirror themselves;
//  - rules for parts of components that no page uses are dropped;
//  - nothing is loaded from an address, and printed links do not show theirs (a card's link is a secret).
import { readFileSync } from 'node:fs'
import postcss from 'postcss'

const unused = [
  'nhsuk-card', 'nhsuk-expander', 'nhsuk-scroll', 'nhsuk-file-upload__', 'nhsuk-file-upload--',
  'nhsuk-button--login', 'nhsuk-button--reverse', 'nhsuk-button--brand', 'nhsuk-button--secondary-solid',
  'nhsuk-button--icon', 'nhsuk-button__content', 'nhsuk-button__icon',
  'nhsuk-back-link--reverse', 'nhsuk-link--reverse', 'nhsuk-link--text-colour', 'nhsuk-link--muted',
  'nhsuk-table--sortable', 'nhsuk-table__sort', 'nhsuk-table-container', 'nhsuk-table__heading-tab', 'nhsuk-table__panel', '[aria-sort',
  'nhsuk-caption', 'nhsuk-heading-xxl', 'nhsuk-heading-xxs', 'nhsuk-lede-text', 'nhsuk-list--tick', 'nhsuk-list--cross',
  'nhsuk-input-wrapper', 'nhsuk-fieldset__legend--xxl', 'nhsuk-label--xxl', 'nhsuk-pagination__item', 'nhsuk-pagination-item',
  'nhsuk-pagination__list', 'nhsuk-pagination--numbered', 'nhsuk-panel--interruption', '[type=search]', 'nhsuk-u-margin',
  'nhsuk-icon--search', 'nhsuk-u-nowrap', 'nhsuk-body-xs', 'nhsuk-button--small', 'nhsuk-radios--small', 'nhsuk-checkboxes--small',
  '.nhsuk-frontend-supported'
]
const kept = ['nhsuk-file-upload__input']

const side = (property) => property
  .replace(/^(margin|padding|border)-left\b/, '$1-inline-start')
  .replace(/^(margin|padding|border)-right\b/, '$1-inline-end')
  .replace(/^left$/, 'inset-inline-start')
  .replace(/^right$/, 'inset-inline-end')
  .replace(/^border-top-left-radius$/, 'border-start-start-radius')
  .replace(/^border-top-right-radius$/, 'border-start-end-radius')
  .replace(/^border-bottom-left-radius$/, 'border-end-start-radius')
  .replace(/^border-bottom-right-radius$/, 'border-end-end-radius')

const root = postcss.parse(readFileSync(0, 'utf8').replace(/^\uFEFF/, ''))

root.walkAtRules('font-face', (rule) => rule.remove())
// A media query with a NUL or a backslash in it speaks to browsers that are no longer made.
root.walkAtRules('media', (rule) => { if (/[\u0000\uFFFD\\]/.test(rule.params)) rule.remove() })
root.walkRules((rule) => {
  const wanted = rule.selectors.filter((selector) =>
    kept.some((name) => selector.includes(name)) || !unused.some((name) => selector.includes(name)))
  if (wanted.length === 0 || rule.selector.includes('a::after')) rule.remove()
  else rule.selectors = wanted
})
root.walkDecls((declaration) => {
  if (/url\((?!["']?data:)/.test(declaration.value) || /attr\(href\)/.test(declaration.value)) {
    declaration.remove()
    return
  }
  declaration.prop = side(declaration.prop)
  if (declaration.prop === 'text-align' || declaration.prop === 'float' || declaration.prop === 'clear') {
    const inline = declaration.prop === 'text-align' ? '' : 'inline-'
    declaration.value = declaration.value.replace(/\bleft\b/, `${inline}start`).replace(/\bright\b/, `${inline}end`)
  }
})
let emptied = true
while (emptied) {
  emptied = false
  root.walk((node) => {
    if ((node.type === 'rule' || node.type === 'atrule') && node.nodes?.length === 0) {
      node.remove()
      emptied = true
    }
  })
}
process.stdout.write(root.toString())
