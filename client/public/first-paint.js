// Before the first paint: the colours that were chosen, so that a dark page does not flash white while it loads.
var chosen = localStorage.getItem('mantine-color-scheme-value')
var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
document.documentElement.style.colorScheme = dark ? 'dark' : 'light'
document.documentElement.style.background = dark ? '#101215' : '#ffffff'
