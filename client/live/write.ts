/**
 * Writes a text into an element that holds nothing else. Nothing happens where it stands there already; and the browser
 * changes the text that is there rather than lay out a new one, which counts where sixty change several times a second.
 */
export function write(place: Element, text: string): void {
  const { firstChild } = place
  if (!(firstChild instanceof Text)) place.textContent = text
  else if (firstChild.data !== text) firstChild.data = text
}
