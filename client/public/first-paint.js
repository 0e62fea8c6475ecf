// Before the first paint: the colours that were chosen, so that a dark page does not flash white while it loads. Which they are
// stands in the page's style, by the attribute that the page itself sets later: nothing is left behind at the root.
var chosen = localStorage.getItem('mantine-color-scheme-value')
var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')

// Where the page's own script cannot be had, or falls over before it has drawn anything, nobody else is there to say so.
addEventListener(
  'error',
  function (event) {
    var first = document.getElementById('first')
    var broken = event.target.tagName === undefined || event.target.tagName === 'SCRIPT'
    if (first === null || !broken) return
    first.textContent =
      'This page could not be loaded. The server may have been updated or be away; load the page again.'
  },
  true,
)
